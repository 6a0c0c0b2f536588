//! How fast the people of a call are written.

use std::time::{Duration, Instant};

use crate::table::clock::sleep_backoff;
use crate::{Result, StoreError};

/// How long a chunk goes on after the first trouble of the store: half of what its function may
/// take. The next delivery is far away, and after some of them the rows fail.
const RETRY_BUDGET: Duration = Duration::from_secs(60);

/// How many people are written at once, less each time that the store is in trouble.
pub(super) struct AdaptiveConcurrency {
    limit: usize,
    failures: u32,
    deadline: Option<Instant>,
}

impl AdaptiveConcurrency {
    pub(super) fn new(at_once: usize) -> Self {
        Self { limit: at_once.max(1), failures: 0, deadline: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Slows down, or passes the trouble on when it lasts too long.
    pub(super) async fn back_off(&mut self, trouble: StoreError) -> Result<()> {
        let now = Instant::now();
        if now > *self.deadline.get_or_insert(now + RETRY_BUDGET) {
            return Err(trouble);
        }
        self.limit = (self.limit / 2).max(1);
        sleep_backoff(self.failures).await;
        self.failures += 1;
        Ok(())
    }
}
