//! Ports of the loopback interface.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// A port that no one uses now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Takes the port from now on, so that no one comes between; an error says what to do if someone has it.
pub(crate) fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} can't be used; choose another with --port"))
}
