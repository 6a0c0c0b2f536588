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

/// Limit of one attempt; a normal answer takes 5 ms.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Limit of all attempts of one call: less than the deadline of a request.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

const ATTEMPTS_MAX: u32 = 4;

/// Builds the store; region, credentials and HTTP client are those of `shared`. The first request
/// opens the connection.
#[must_use]
pub fn connect_store(shared: &SdkConfig, config: &Config) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
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
