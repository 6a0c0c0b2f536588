//! Waits between attempts.

use std::time::{Duration, Instant};

use crate::table::entropy::random_u128;
use crate::{Result, StoreError};

/// Waits before another attempt: a random time with a limit that doubles with each attempt, so that
/// concurrent writers don't retry in step.
pub(crate) async fn sleep_backoff(attempt: u32) {
    let millis_max = 10_u64 << attempt.min(6);
    let millis = u64::try_from(random_u128() % u128::from(millis_max)).unwrap_or(millis_max);
    tokio::time::sleep(Duration::from_millis(1 + millis)).await;
}

/// The longest time that one write is retried while others write to the same item. It is longer
/// than any request may take, so that a caller's own deadline comes first. For a chunk it is a
/// store failure.
const CONTENTION_MAX: Duration = Duration::from_secs(20);

/// The attempts of a write whose item others write too.
#[derive(Debug)]
pub(crate) struct Contention {
    since: Instant,
    attempts: u32,
}

impl Contention {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), attempts: 0 }
    }

    /// Waits before the next attempt; the second attempt follows at once. `item` names the item in
    /// the error.
    pub(crate) async fn wait_for_retry(&mut self, item: &str) -> Result<()> {
        if self.since.elapsed() > CONTENTION_MAX {
            return Err(StoreError::contended(item));
        }
        if self.attempts > 0 {
            sleep_backoff(self.attempts - 1).await;
        }
        self.attempts += 1;
        Ok(())
    }
}
