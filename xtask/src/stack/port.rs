//! Ports of the loopback interface.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// Returns a port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Occupies the port at once, so that no other program takes it in the meantime.
pub(crate) fn listen_on(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} is not available; choose another with --port"))
}
