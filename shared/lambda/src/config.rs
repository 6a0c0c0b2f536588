//! A function's settings, all from the environment that template.yaml gives it.

use std::time::Duration;

/// Settings of one process.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where people are kept.
    pub store: people_storage::Config,
    /// How long a request may take before it is answered with 503. Below the function's
    /// timeout, so that the answer is ours and not API Gateway's.
    pub deadline: Duration,
}

/// Used where the environment names none.
const DEFAULT_DEADLINE_MILLIS: u64 = 8_000;

impl Config {
    /// Reads the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let var = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let deadline = var("PEOPLE_DEADLINE_MS")
            .and_then(|text| text.parse().ok())
            .unwrap_or(DEFAULT_DEADLINE_MILLIS);
        let table = var("TABLE_NAME").unwrap_or_default();
        Self {
            store: people_storage::Config { table, endpoint: var("AWS_ENDPOINT_URL_DYNAMODB") },
            deadline: Duration::from_millis(deadline),
        }
    }
}
