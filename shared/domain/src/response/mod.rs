//! Renders the `data` of answers.

pub mod bulk;
pub(crate) mod dropdown;
pub mod get;
pub mod meta;
pub mod objects;
pub mod single;
