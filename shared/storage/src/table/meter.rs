//! Counts what one request asks of the store, for its log event and for tests of its cost.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counters; units are kept as tenths, since reads cost halves.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    tenths: AtomicU64,
    micros: AtomicU64,
}

/// What was used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Requests to the store.
    pub calls: u64,
    /// Capacity units, reads and writes.
    pub units: f64,
    /// Time spent waiting for it, in microseconds.
    pub micros: u64,
}

impl Meter {
    /// Counts a call and its time.
    pub(super) async fn time_call<T>(&self, call: impl Future<Output = T>) -> T {
        let start = Instant::now();
        self.calls.fetch_add(1, Relaxed);
        let answer = call.await;
        self.micros
            .fetch_add(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        answer
    }

    /// Counts what a call consumed.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    pub(super) fn add_consumed<'a>(
        &self,
        capacity: impl IntoIterator<Item = &'a ConsumedCapacity>,
    ) {
        let units: f64 = capacity.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        self.tenths.fetch_add((units * 10.0).round() as u64, Relaxed);
    }

    /// The sums so far.
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            calls: self.calls.load(Relaxed),
            units: self.tenths.load(Relaxed) as f64 / 10.0,
            micros: self.micros.load(Relaxed),
        }
    }
}
