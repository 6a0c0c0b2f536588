//! What AWS does around the functions, done on this machine: queues are polled for them, as event source mappings do.
//! For the developer's commands and tests only; no function has it.

mod emulator;
mod poll;

pub use emulator::{Emulator, sound};
pub use poll::{Poller, Round, Source, event};
