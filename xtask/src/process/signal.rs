//! Requests to stop: Ctrl-C, SIGTERM, or the end of the terminal.

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for a signal and returns the exit code that a shell gives: 128 plus the number of the signal.
pub(crate) async fn wait_for_interrupt() -> Result<u8> {
    let (mut interrupt, mut terminate, mut hangup) = (
        listen_for(SignalKind::interrupt())?,
        listen_for(SignalKind::terminate())?,
        listen_for(SignalKind::hangup())?,
    );
    let code = tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
        _ = hangup.recv() => 129,
    };
    eprintln!("\nstopping");
    Ok(code)
}

fn listen_for(kind: SignalKind) -> Result<Signal> {
    Ok(signal(kind)?)
}
