//! The stack that `cargo xtask test` has started.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use people_storage::Store;
use serde::Deserialize;

/// The stack's endpoints and resources.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStack {
    /// The HTTP endpoint of the functions.
    pub base_url: String,
    pub dynamodb_url: String,
    /// The emulator of SQS.
    pub sqs_url: String,
    /// The emulator of S3.
    pub s3_url: String,
    pub table: String,
    /// The file in which functions log their calls to AWS.
    pub call_log: Option<String>,
    pub bucket: String,
}

impl TestStack {
    /// Reads the stack's description from the file that `PEOPLE_STACK` names; a test can't run
    /// without it.
    #[must_use]
    pub fn from_env() -> Self {
        let path = std::env::var("PEOPLE_STACK")
            .expect("these tests need a running stack: run `cargo xtask test`");
        let text = std::fs::read_to_string(&path).expect("PEOPLE_STACK names a file");
        serde_json::from_str(&text).expect("PEOPLE_STACK describes a stack")
    }

    #[must_use]
    pub fn client(&self) -> Client {
        connect_dynamodb(&self.dynamodb_url)
    }

    /// A client of the bucket.
    #[must_use]
    pub fn s3_client(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .force_path_style(true)
            .endpoint_url(&self.s3_url);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A store with an empty cache, as in a new process.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::new(self.client(), &self.table)
    }
}

/// A client of a DynamoDB at `url`, with timeouts for tests.
#[must_use]
pub fn connect_dynamodb(url: &str) -> Client {
    build_client(url, None)
}

/// Like [`connect_dynamodb`], but sends a call again when it has no answer after `attempt`.
#[must_use]
pub fn connect_with_attempt_timeout(url: &str, attempt: Duration) -> Client {
    build_client(url, Some(attempt))
}

fn build_client(url: &str, attempt: Option<Duration>) -> Client {
    let timeouts = aws_sdk_dynamodb::config::timeout::TimeoutConfig::builder();
    let mut timeouts = timeouts.operation_timeout(Duration::from_secs(20));
    timeouts.set_operation_attempt_timeout(attempt);
    let timeouts = timeouts.build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(10)))
        .endpoint_url(url);
    Client::from_conf(config.build())
}
