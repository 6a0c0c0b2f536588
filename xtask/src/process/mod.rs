//! Child processes: how they are started, supervised and ended.

mod command;
mod file_lock;
mod process_tree;
mod signal;
mod supervisor;
mod unexpected_exit;

/// Held by each test that has child processes, since a supervisor ends every child of its process, including those of
/// other tests.
#[cfg(test)]
pub(crate) static PROCESS_TEST_LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());

pub(crate) use command::{log_to, new_command};
pub(crate) use file_lock::FileLock;
pub(crate) use signal::wait_for_interrupt;
pub(crate) use supervisor::Supervisor;
pub(crate) use unexpected_exit::{UnexpectedExit, format_log_tail, read_tail};
