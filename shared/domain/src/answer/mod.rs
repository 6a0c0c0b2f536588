//! What callers are told: the `data` of each answer.

pub(crate) mod dropdown;
pub mod get;
pub mod meta;
pub mod objects;
pub mod single;
