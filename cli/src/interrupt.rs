//! Handles signals that end the command while it waits: prints what continues without it first.

use std::future::{Future, pending};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::CommandError;

/// Runs `work` until it finishes or a signal arrives; `advice` is the message after a signal.
pub(crate) async fn run_interruptible<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    advice: impl FnOnce() -> String,
) -> Result<T, CommandError> {
    let mut signals = Signals::listen();
    tokio::select! {
        // Signals are polled first, so that none is missed once the work has started.
        biased;
        code = signals.wait() => Err(CommandError::Interrupted { code, advice: advice() }),
        done = work => done,
    }
}

/// The signals that end a command: Ctrl-C, the end of its terminal, and a request to end.
pub(crate) struct Signals(Option<[(Signal, u8); 3]>);

impl Signals {
    /// Receives signals from now on. Where that is not possible, they end the process by default.
    pub(crate) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::hangup(), SignalKind::terminate()];
        let [interrupt, hangup, terminate] = kinds.map(signal);
        match (interrupt, hangup, terminate) {
            // The exit codes that shells use: 128 plus the signal's number.
            (Ok(interrupt), Ok(hangup), Ok(terminate)) => {
                Self(Some([(interrupt, 130), (hangup, 129), (terminate, 143)]))
            }
            _ => Self(None),
        }
    }

    /// Waits for a signal and returns the exit code for it.
    pub(crate) async fn wait(&mut self) -> u8 {
        let Some([interrupt, hangup, terminate]) = &mut self.0 else { return pending().await };
        tokio::select! {
            _ = interrupt.0.recv() => interrupt.1,
            _ = hangup.0.recv() => hangup.1,
            _ = terminate.0.recv() => terminate.1,
        }
    }
}
