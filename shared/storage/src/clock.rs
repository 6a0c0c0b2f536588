//! Time and chance: the two things that pure rules must be given.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use people_domain::stamp::{LOW_BITS, Stamp};

/// Gives out stamps that never go back within a process, even when the system's clock does.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<u128>);

impl Clock {
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp_after(None)
    }

    /// A stamp later than one that was read, even when the process that wrote that one has a
    /// clock ahead of ours.
    pub(crate) fn stamp_after(&self, seen: Option<Stamp>) -> Stamp {
        let fresh = (since_epoch().as_millis() << LOW_BITS) | (random() & ((1 << LOW_BITS) - 1));
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = fresh.max(*last + 1).max(seen.map_or(0, Stamp::number) + 1);
        Stamp::new(*last)
    }
}

/// Waits before another try: twice as long each time, and not as long as others who wait too.
pub(crate) async fn back_off(attempt: u32) {
    let most = 10_u64 << attempt.min(6);
    let share = u64::try_from(random() % u128::from(most)).unwrap_or(most);
    tokio::time::sleep(Duration::from_millis(1 + share)).await;
}

/// The time since 1970.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// 256 bits from the system. Without them no key and no GSID is safe to give out, so a system
/// that has none gets the same answer as one that is broken: the process ends.
pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

/// 128 random bits.
pub(crate) fn random() -> u128 {
    let bytes = random_bytes();
    bytes.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_one_millisecond_keep_their_order() {
        let clock = Clock::default();
        let stamps: Vec<_> = (0..10_000).map(|_| clock.stamp()).collect();
        assert!(stamps.is_sorted_by(|a, b| a < b));
    }
}
