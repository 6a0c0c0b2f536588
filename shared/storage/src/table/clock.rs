//! The clock that issues stamps.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use people_domain::ids::stamp::{LOW_BITS, Stamp};

use crate::table::entropy::random_u128;

/// Issues stamps that never decrease within a process. The exception is a system clock that was far
/// ahead and is set back: stamps that stayed in the future would hold leases and order writes for
/// as long.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: Mutex<u128>,
    /// Time by which this clock is ahead of the system's, for tests with different clocks.
    lead: Duration,
}

/// The longest time by which stamps may be ahead of the system's clock. When the clock is set back
/// by less, each stamp is the successor of the last until the clock has caught up.
const LEAD_MAX: Duration = Duration::from_secs(5);

/// Random bits added to a stamp that is to be overtaken: half a millisecond.
const OVERTAKE_BITS: u32 = LOW_BITS - 1;

impl Clock {
    pub(crate) fn with_lead(ahead: Duration) -> Self {
        Self { lead: ahead, ..Self::default() }
    }

    pub(crate) fn new_stamp(&self) -> Stamp {
        let now = read_stamp_number(self.lead);
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = next_stamp_number(*last, now);
        Stamp::new(*last)
    }

    /// A stamp later than `seen`, even when `seen` comes from a process with a clock ahead of this
    /// one. Later stamps of this clock are not moved ahead by it. Two processes that overtake the
    /// same stamp get different ones.
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

/// The stamp after `last` at the time `now`.
fn next_stamp_number(last: u128, now: u128) -> u128 {
    let is_ahead = last > now + (LEAD_MAX.as_millis() << LOW_BITS);
    if is_ahead { now } else { now.max(last + 1) }
}

/// The time since 1970.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
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
