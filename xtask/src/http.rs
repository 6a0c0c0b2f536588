//! An HTTP client for servers of the stack, and waiting until they respond.

use anyhow::{Context, Result};
use reqwest::Client;
use std::time::Duration;

/// Longest wait for one response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Interval of the requests to a server that does not respond yet.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

pub(crate) fn new_client() -> Result<Client> {
    Ok(Client::builder().timeout(TIMEOUT).no_proxy().build()?)
}

/// Waits until the server responds, with whatever status.
pub(crate) async fn wait_until_ready(url: &str, server: &str, limit: Duration) -> Result<()> {
    let client = new_client()?;
    let responded = async {
        let mut ticks = tokio::time::interval(RETRY_INTERVAL);
        while client.get(url).send().await.is_err() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(limit, responded)
        .await
        .with_context(|| format!("{server} did not respond within {limit:?}"))
}
