//! The connection to DynamoDB, with its timeouts and retries.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;

use crate::{CallLog, Store};

/// The settings that are needed to reach the table.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub table: String,
    /// An endpoint other than that of the SDK's settings.
    pub endpoint: Option<String>,
}

/// How long a call may take, and how often it is sent.
struct CallLimits {
    attempt: Duration,
    /// Limit of all attempts.
    operation: Duration,
    attempts_max: u32,
}

/// Limits of calls that a request waits for. A normal answer takes 5 ms, and all attempts take less
/// than the deadline of a request.
const REQUEST_LIMITS: CallLimits = CallLimits {
    attempt: Duration::from_millis(1_500),
    operation: Duration::from_secs(5),
    attempts_max: 4,
};

/// Limits of calls of a pass over a tenant: several pages of 1 MB may share a slow line, and hours of
/// reading should not end by a minute of throttling.
const PASS_LIMITS: CallLimits = CallLimits {
    attempt: Duration::from_secs(30),
    operation: Duration::from_secs(180),
    attempts_max: 12,
};

/// Builds the store; region, credentials and HTTP client are those of `shared`. The first request
/// opens the connection.
#[must_use]
pub fn connect_store(shared: &SdkConfig, config: &Config) -> Store {
    connect_with_limits(shared, config, &REQUEST_LIMITS)
}

/// Builds a store for passes over whole tenants, whose calls may take long.
#[must_use]
pub fn connect_store_for_passes(shared: &SdkConfig, config: &Config) -> Store {
    connect_with_limits(shared, config, &PASS_LIMITS)
}

fn connect_with_limits(shared: &SdkConfig, config: &Config, limits: &CallLimits) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(limits.attempt)
        .operation_timeout(limits.operation)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(limits.attempts_max)
        .with_initial_backoff(Duration::from_millis(50));
    let mut own = aws_sdk_dynamodb::config::Builder::from(shared)
        .timeout_config(timeouts)
        .retry_config(retries);
    own.set_endpoint_url(
        config.endpoint.clone().or_else(|| shared.endpoint_url().map(str::to_owned)),
    );
    if let Some(log) = CallLog::from_env() {
        own.push_interceptor(log);
    }
    Store::new(Client::from_conf(own.build()), &config.table)
}
