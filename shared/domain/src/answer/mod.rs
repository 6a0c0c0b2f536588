//! What callers are told: the `data` of each answer.

pub mod get;
pub mod objects;
pub mod single;
