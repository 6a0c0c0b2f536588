//! The wish to stop: Ctrl-C, SIGTERM, or the end of the terminal.

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for a signal; the exit code is the shell's, 128 and the signal's number.
pub(crate) async fn interrupted() -> Result<u8> {
    let (mut interrupt, mut terminate, mut hangup) =
        (on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?);
    let code = tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
        _ = hangup.recv() => 129,
    };
    eprintln!("\nstopping");
    Ok(code)
}

fn on(kind: SignalKind) -> Result<Signal> {
    Ok(signal(kind)?)
}
