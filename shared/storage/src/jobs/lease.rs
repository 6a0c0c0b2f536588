//! Leases: one worker at a time holds an item of a job.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use crate::table::update::ItemUpdate;

/// A lease that a worker asks for.
pub(super) struct Lease {
    pub(super) acquired: Stamp,
    /// A lease that was acquired before this has expired.
    pub(super) expired_before: Stamp,
    /// A lease that was acquired after this comes from a wrong clock.
    invalid_after: Stamp,
}

/// The largest difference between the clocks of two workers.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(60);

impl Lease {
    /// A lease from `acquired` on, for `duration`.
    pub(super) fn new(acquired: Stamp, duration: Duration) -> Self {
        Self {
            acquired,
            expired_before: acquired.earlier_by(duration),
            invalid_after: acquired.later_by(CLOCK_SKEW_MAX),
        }
    }
}

impl ItemUpdate {
    /// Acquires the lease in attribute `name`: when it is free, has expired, or comes from a wrong
    /// clock, or when the item is finished and has the attribute `end`. A retry whose first answer
    /// was lost fails the condition and finds its own stamp.
    pub(super) fn acquire(self, name: &str, lease: &Lease, end: &str) -> Self {
        let Lease { acquired, expired_before, invalid_after } = lease;
        self.set_text(name, acquired.as_str()).require(|p| {
            let (name, end) = (p.add_name(name), p.add_name(end));
            let (expired, invalid) =
                (p.add_text(expired_before.as_str()), p.add_text(invalid_after.as_str()));
            format!(
                "(attribute_not_exists({name}) OR {name} < {expired} OR {name} > {invalid} OR attribute_exists({end}))"
            )
        })
    }
}
