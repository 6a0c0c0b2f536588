//! Arguments of `people serve`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use people_domain::limit::RateLimits;

use crate::parsers::{self, TenantId};

/// The port where none is given.
pub(crate) const DEFAULT_PORT: u16 = 9000;

/// The tenant where none is named.
pub(crate) const DEFAULT_TENANT: &str = "demo";

/// Calls per window that no trial reaches.
const UNLIMITED_CALLS: u32 = 1_000_000_000;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_PORT)]
    pub(crate) port: u16,
    /// Keep people, jobs and keys in this folder; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The tenant to serve, which is created if it does not exist
    #[arg(long, value_name = "NAME", default_value = DEFAULT_TENANT)]
    pub(crate) tenant: TenantId,
    /// A schema to apply to the tenant, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// The rate limits of the tenant; none where it is new and nothing is given
    #[arg(long, value_enum)]
    pub(crate) limits: Option<ServedLimits>,
    /// The address to listen on; any but loopback needs --data and `PEOPLE_ACCESS_KEY`
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,
    /// Where callers reach this server, when not at the address it listens on; upload URLs begin so
    #[arg(long, value_name = "URL", value_parser = parsers::parse_server_url)]
    pub(crate) public_url: Option<String>,
    /// Write a line of JSON for each request and message to stderr, and not for failures only
    #[arg(long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServedLimits {
    /// The documented limits: 100 synchronous calls a minute, 10 asynchronous ones an hour, …
    Documented,
    /// Limits that no trial reaches
    None,
}

impl ServedLimits {
    pub(crate) fn to_rate_limits(self) -> RateLimits {
        match self {
            Self::Documented => RateLimits::default(),
            Self::None => RateLimits::with_every_window(UNLIMITED_CALLS),
        }
    }
}
