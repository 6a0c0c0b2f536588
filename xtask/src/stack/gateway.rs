//! The HTTP API of template.yaml, and whether the sizes of AWS hold in front of it.

use super::functions::Functions;
use anyhow::{Context, Result};
use clap::ValueEnum;
use people_lambda_emulator::{
    GATEWAY_BODY_BYTES_MAX, Gateway, GatewayRoute, LAMBDA_PAYLOAD_BYTES_MAX,
};
use people_template::Template;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

/// Largest body without the limits, in bytes: payloads of jobs are as large.
const BODY_BYTES_MAX_WITHOUT_LIMITS: usize = 100 * 1024 * 1024;

/// Whether requests and responses may be as large as behind API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SizeLimits {
    /// Refuse what API Gateway and Lambda refuse: bodies over 10 MB, events and responses over 6 MB
    On,
    /// Take bodies of up to 100 MB
    Off,
}

impl SizeLimits {
    fn body_bytes_max(self) -> usize {
        match self {
            Self::On => GATEWAY_BODY_BYTES_MAX,
            Self::Off => BODY_BYTES_MAX_WITHOUT_LIMITS,
        }
    }

    /// Limit for an event and for a response of a function.
    pub(super) fn payload_bytes_max(self) -> usize {
        match self {
            Self::On => LAMBDA_PAYLOAD_BYTES_MAX,
            Self::Off => usize::MAX,
        }
    }
}

/// Serves the routes of the template.
pub(super) fn start_gateway(
    listener: TcpListener,
    template: &Template,
    functions: &Functions,
    size_limits: SizeLimits,
    log: PathBuf,
) -> Result<Gateway> {
    let mut routes = Vec::new();
    for known in template.functions()? {
        let function = functions.get(&known.resource).context("no such function")?;
        routes.extend(known.routes.into_iter().map(|route| GatewayRoute {
            method: route.method,
            path: route.path,
            function: Arc::clone(function),
        }));
    }
    Gateway::start(listener, routes, size_limits.body_bytes_max(), log)
}
