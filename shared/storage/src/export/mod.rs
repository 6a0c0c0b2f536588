//! Passes over all rows of a tenant, for exports and lists: by key, page by page, each page a
//! position from which another process can go on (ADR 48).

mod associated;
mod count;
mod home_slots;
mod page;
mod people;
mod records;
mod related;
mod selection;

pub use associated::AssociatedRecords;
pub use people::{PeoplePage, PeoplePosition};
pub use records::RecordsPage;
pub use selection::PeopleSelection;
