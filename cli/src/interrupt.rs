//! Handles signals that end the command while it waits: prints what continues without it first.

use std::future::{Future, pending};

use tokio::signal::unix::{SignalKind, signal};

use crate::error::CommandError;

/// Runs `work` until it finishes or a signal arrives; `advice` is the message after a signal.
pub(crate) async fn run_interruptible<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    advice: impl FnOnce() -> String,
) -> Result<T, CommandError> {
    tokio::select! {
        // Signals are polled first, so that none is missed once the work has started.
        biased;
        code = await_signal() => Err(CommandError::Interrupted { code, advice: advice() }),
        done = work => done,
    }
}

/// Waits for a signal and returns the exit code that shells use: 128 plus the signal's number.
/// Where signals can't be received, they end the process by default.
pub(crate) async fn await_signal() -> u8 {
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        return pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    }
}
