//! How fast the people of a call are written.

use std::time::{Duration, Instant};

use crate::table::clock::back_off;
use crate::{Result, StoreError};

/// How long a chunk goes on after the first trouble of the store: half of what its function may
/// take. The next delivery is far away, and after some of them the rows fail.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many people are written at once, less each time that the store is in trouble.
pub(super) struct Pace {
    at_once: usize,
    troubles: u32,
    until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), troubles: 0, until: None }
    }

    pub(super) fn at_once(&self) -> usize {
        self.at_once
    }

    /// Slows down, or passes the trouble on when it lasts too long.
    pub(super) async fn slow_down(&mut self, trouble: StoreError) -> Result<()> {
        let now = Instant::now();
        if now > *self.until.get_or_insert(now + PATIENCE) {
            return Err(trouble);
        }
        self.at_once = (self.at_once / 2).max(1);
        back_off(self.troubles).await;
        self.troubles += 1;
        Ok(())
    }
}
