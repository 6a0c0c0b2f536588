//! Counts the store calls, capacity units and waiting time of one request, for its log event and
//! for tests of its cost.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counters of store usage. Units are kept as tenths, because reads cost half units.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    tenths: AtomicU64,
    micros: AtomicU64,
}

/// Store usage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    pub calls: u64,
    /// Capacity units of reads and writes.
    pub units: f64,
    /// Time spent waiting for the store, in microseconds.
    pub micros: u64,
}

impl Meter {
    pub(super) async fn time_call<T>(&self, call: impl Future<Output = T>) -> T {
        let start = Instant::now();
        self.calls.fetch_add(1, Relaxed);
        let answer = call.await;
        self.micros
            .fetch_add(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        answer
    }

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
