//! Settings of a function, from the environment that template.yaml sets.

use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Config {
    pub store: people_storage::Config,
    /// How long a request may take before it is answered with 503: less than the function's
    /// timeout, so that API Gateway passes on this answer and does not make its own.
    pub deadline: Duration,
}

/// The deadline where the environment sets none.
const DEFAULT_DEADLINE_MILLIS: u64 = 8_000;

impl Config {
    /// Reads the environment.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables that are not those of the process.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| read(name).filter(|value| !value.is_empty());
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
