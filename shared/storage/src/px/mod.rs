//! Gainsight PX: its accounts, and the lists of its users and accounts (contract: identify).

mod accounts;
mod budget;
mod count;
mod export;
mod list;
mod page;
mod rows;
mod users;

pub use accounts::PxAccountOutcome;
pub use export::PxPage;
