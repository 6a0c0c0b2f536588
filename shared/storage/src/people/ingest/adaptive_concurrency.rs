//! Adapts the number of concurrent writes of a call to the store's errors.

use std::time::{Duration, Instant};

use crate::table::retry::sleep_backoff;
use crate::{Result, StoreError};

/// How long a chunk retries after the store's first error: half of its function's timeout. It
/// retries that long because the next delivery is far away, and after some deliveries the rows
/// fail.
const RETRY_BUDGET: Duration = Duration::from_secs(60);

/// The limit of concurrent writes. It is halved at each retryable error of the store.
pub(super) struct AdaptiveConcurrency {
    limit: usize,
    failures: u32,
    deadline: Option<Instant>,
}

impl AdaptiveConcurrency {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), failures: 0, deadline: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Halves the limit and waits. Returns the error when errors have lasted for too long.
    pub(super) async fn back_off(&mut self, error: StoreError) -> Result<()> {
        let now = Instant::now();
        if now > *self.deadline.get_or_insert(now + RETRY_BUDGET) {
            return Err(error);
        }
        self.limit = (self.limit / 2).max(1);
        sleep_backoff(self.failures).await;
        self.failures += 1;
        Ok(())
    }
}
