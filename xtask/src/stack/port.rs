//! Ports of the loopback interface.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// A port that no one uses now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// An error that says what to do if the port is taken.
pub(crate) fn require_free(port: u16) -> Result<()> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bound
        .map(drop)
        .with_context(|| format!("port {port} can't be used; choose another with --port"))
}
