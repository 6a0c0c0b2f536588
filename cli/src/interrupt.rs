//! Signals that end the command while it waits, after it says what goes on without it.

use std::future::{Future, pending};

use tokio::signal::unix::{SignalKind, signal};

use crate::error::CommandError;

/// Does work until it is done or a signal ends it; `advice`: what to know then.
pub(crate) async fn run_interruptible<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    advice: impl FnOnce() -> String,
) -> Result<T, CommandError> {
    tokio::select! {
        // The signals come first, so that none is missed once the work has begun.
        biased;
        code = await_signal() => Err(CommandError::Interrupted { code, advice: advice() }),
        done = work => done,
    }
}

/// Waits for a signal; the exit code is the shell's, 128 and the signal's number. Where signals can't
/// be received, they end the process by themselves.
async fn await_signal() -> u8 {
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        return pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    }
}
