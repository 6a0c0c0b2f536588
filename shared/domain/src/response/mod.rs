//! What callers are told: the `data` of each answer.

pub mod bulk;
pub(crate) mod dropdown;
pub mod get;
pub mod meta;
pub mod objects;
pub mod single;
