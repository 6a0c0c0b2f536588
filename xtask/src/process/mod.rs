//! Child processes: how they are started, watched and ended.

mod command;
mod death;
mod family;
mod lock;
mod signal;
mod tree;

/// Held by each test that has children: a family ends every child of its process, those of other tests too.
#[cfg(test)]
pub(crate) static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

pub(crate) use command::{append_to, command, log_to};
pub(crate) use death::{Death, tail, told};
pub(crate) use family::Family;
pub(crate) use lock::Lock;
pub(crate) use signal::interrupted;
