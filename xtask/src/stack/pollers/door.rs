//! Events given to a function through `cargo lambda watch`.

use anyhow::{Result, ensure};
use bytes::Bytes;
use reqwest::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Where one function takes events. Queues that feed the same function share its instances.
pub(super) struct Door {
    pub(super) client: Client,
    pub(super) url: String,
    /// Longest wait for an answer.
    pub(super) limit: Duration,
    pub(super) instances: Arc<Semaphore>,
    pub(super) places: Arc<Semaphore>,
}

impl Door {
    /// The answer to an event; an error if the function fails.
    pub(super) async fn invoke(self: Arc<Self>, event: Bytes) -> Result<Bytes> {
        let _instance = self.instances.acquire().await?;
        let _place = self.places.acquire().await?;
        let request = self.client.post(&self.url).timeout(self.limit).body(event);
        let response = request.send().await?;
        // What it says besides may quote the event.
        let failed = response.headers().contains_key("x-amz-function-error");
        ensure!(
            response.status().is_success() && !failed,
            "the function answers {}",
            response.status()
        );
        Ok(response.bytes().await?)
    }
}
