//! Waiting for servers of the stack, and a client for `cargo lambda watch`.

use anyhow::{Context, Result};
use reqwest::Client;
use std::time::Duration;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How often a server that does not answer yet is asked again.
const RETRY: Duration = Duration::from_millis(50);

pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder().timeout(TIMEOUT).no_proxy().build()?)
}

/// Waits until the server at the address answers, whatever it says.
pub(crate) async fn answers(url: &str, what: &str, limit: Duration) -> Result<()> {
    let client = client()?;
    let answered = async {
        let mut ticks = tokio::time::interval(RETRY);
        while client.get(url).send().await.is_err() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(limit, answered)
        .await
        .with_context(|| format!("{what} does not answer in {limit:?}"))
}
