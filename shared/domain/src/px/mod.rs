//! Gainsight PX: users, accounts and their lists as its REST API has them (contract: identify).
//! Users are people, whose values of PX are their own; accounts are items apart.

mod account;
mod attributes;
mod column;
mod custom;
mod error;
mod events;
mod fault;
mod field;
mod filter;
mod identify;
mod list;
mod object;
mod preferences;
mod render;
mod row;
mod scroll;
mod sort;
mod user;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use account::{
    PxAccount, PxAccountId, PxAccountWrite, parse_account_update, parse_new_account,
};
pub use attributes::list_attributes;
pub(crate) use custom::CUSTOM_TYPES;
pub use error::{PxError, PxStatus};
pub use events::check_custom_event;
pub use fault::PxFault;
pub use field::{PxField, PxFieldSource, PxFieldType};
pub use filter::Filter;
pub(crate) use identify::is_default_name;
pub use identify::{PxIdentify, parse_identify};
pub use list::{ListPage, ListProgress, ListQuery, ListRequest, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
pub use object::PxObject;
pub use preferences::{PxPreferences, parse_preferences, render_preferences};
pub use render::render_row;
pub use row::PxRow;
pub use sort::{Position, Rank, Sort};
pub use user::{PxUserWrite, parse_new_user, parse_user_delete, parse_user_id, parse_user_update};
