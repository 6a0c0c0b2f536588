//! The connection to DynamoDB: endpoint from the usual AWS settings, and limits on time.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;

use crate::{CallLog, Store};

/// What has to be known to reach the table.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The table's name.
    pub table: String,
    /// An endpoint other than that of the region.
    pub endpoint: Option<String>,
}

/// One try may take this long; a healthy answer takes 5 ms.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// All tries of one call may take this long: less than the deadline of a request.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

const ATTEMPTS_MAX: u32 = 4;

/// Connects; the first request opens the connection.
pub async fn connect_store(config: &Config) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(Duration::from_millis(50));
    let shared = aws_config::from_env().timeout_config(timeouts).retry_config(retries).load().await;
    let mut own = aws_sdk_dynamodb::config::Builder::from(&shared);
    own.set_endpoint_url(
        config.endpoint.clone().or_else(|| shared.endpoint_url().map(str::to_owned)),
    );
    if let Some(log) = CallLog::from_env() {
        own.push_interceptor(log);
    }
    Store::new(Client::from_conf(own.build()), &config.table)
}
