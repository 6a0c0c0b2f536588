//! Time and chance: the two things that pure rules must be given.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use people_domain::ids::stamp::{LOW_BITS, Stamp};

use crate::{Result, StoreError};

/// Gives out stamps that never go back within a process, unless the system's clock was far ahead:
/// stamps that stay in the future would hold leases and order writes for as long.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: Mutex<u128>,
    /// By how much it is ahead of the system's, for tests of clocks that differ.
    lead: Duration,
}

/// The most that stamps may be ahead of the system's clock. A clock that is set back by less is
/// waited for, stamp by stamp.
const LEAD_MAX: Duration = Duration::from_secs(5);

/// Random bits by which a stamp passes one that was seen: half a millisecond.
const OVERTAKE_BITS: u32 = LOW_BITS - 1;

impl Clock {
    pub(crate) fn with_lead(ahead: Duration) -> Self {
        Self { lead: ahead, ..Self::default() }
    }

    pub(crate) fn new_stamp(&self) -> Stamp {
        let fresh = read_stamp_number(self.lead);
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = next_stamp_number(*last, fresh);
        Stamp::new(*last)
    }

    /// A stamp later than one that was read, even when the process that wrote that one has a clock
    /// ahead of ours. Later stamps of this process do not follow it there. Two processes that have
    /// seen the same stamp get different ones.
    pub(crate) fn new_stamp_after(&self, seen: Option<Stamp>) -> Stamp {
        let past = |seen: Stamp| {
            Stamp::new(seen.number() + 1 + (random_u128() & ((1 << OVERTAKE_BITS) - 1)))
        };
        self.new_stamp().max(seen.map_or(Stamp::new(0), past))
    }
}

fn read_stamp_number(ahead: Duration) -> u128 {
    ((since_epoch() + ahead).as_millis() << LOW_BITS) | (random_u128() & ((1 << LOW_BITS) - 1))
}

/// The stamp after `last` at the time of `fresh`.
fn next_stamp_number(last: u128, fresh: u128) -> u128 {
    let is_ahead = last > fresh + (LEAD_MAX.as_millis() << LOW_BITS);
    if is_ahead { fresh } else { fresh.max(last + 1) }
}

/// Waits before another try: twice as long each time, and not as long as others who wait too.
pub(crate) async fn sleep_backoff(attempt: u32) {
    let most = 10_u64 << attempt.min(6);
    let share = u64::try_from(random_u128() % u128::from(most)).unwrap_or(most);
    tokio::time::sleep(Duration::from_millis(1 + share)).await;
}

/// The longest that one write is tried while others write to the same item: longer than any request
/// may take, so that a caller's own deadline ends it. For a chunk it is trouble of the store.
const CONTENTION_MAX: Duration = Duration::from_secs(20);

/// A write that meets others at its item and is tried again.
#[derive(Debug)]
pub(crate) struct Contention {
    since: Instant,
    tries: u32,
}

impl Contention {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), tries: 0 }
    }

    /// Waits before the next try, the first time not at all. `what`: the item, for the log.
    pub(crate) async fn wait_for_retry(&mut self, what: &str) -> Result<()> {
        if self.since.elapsed() > CONTENTION_MAX {
            return Err(StoreError::Unavailable(format!("{what} is written by too many")));
        }
        if self.tries > 0 {
            sleep_backoff(self.tries - 1).await;
        }
        self.tries += 1;
        Ok(())
    }
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
pub(crate) fn random_u128() -> u128 {
    let bytes = random_bytes();
    bytes.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_one_millisecond_keep_their_order() {
        let clock = Clock::default();
        let stamps: Vec<_> = (0..10_000).map(|_| clock.new_stamp()).collect();
        assert!(stamps.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_clock_that_was_far_ahead_does_not_stay_there() {
        let at = |millis: u128| millis << LOW_BITS;
        assert_eq!(next_stamp_number(at(1_000), at(2_000)), at(2_000));
        assert_eq!(
            next_stamp_number(at(6_000), at(2_000)),
            at(6_000) + 1,
            "a small step back is waited for"
        );
        assert_eq!(next_stamp_number(at(7_001), at(2_000)), at(2_000));
    }

    #[test]
    fn a_stamp_from_ahead_is_passed_once() {
        let clock = Clock::default();
        let ahead = Stamp::new(clock.new_stamp().number() + (3_600_000 << LOW_BITS));
        assert!(clock.new_stamp_after(Some(ahead)) > ahead);
        assert!(clock.new_stamp() < ahead);
    }
}
