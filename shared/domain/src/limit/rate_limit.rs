//! Rate limits of a tenant's calls: fixed windows on the clock (contract: keys#windows).

use serde::{Deserialize, Serialize};

/// The class of a call, which determines its counters (contract: keys#rate-limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateLimitClass {
    /// 100 a minute and 50,000 a day.
    Sync,
    /// 10 an hour and 100 a day.
    Async,
    /// 100 an hour; also counted as sync.
    Delete,
    /// Gainsight PX: 12,000 a minute and 1,000,000 a day.
    Px,
    /// GoSquared: as many.
    Gs,
    /// Ptengine: as many.
    Pt,
}

impl RateLimitClass {
    /// A short name for keys and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
            Self::Delete => "delete",
            Self::Px => "px",
            Self::Gs => "gs",
            Self::Pt => "pt",
        }
    }
}

/// A tenant's limits; the defaults are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RateLimits {
    pub sync_per_minute: u32,
    pub sync_per_day: u32,
    pub async_per_hour: u32,
    pub async_per_day: u32,
    pub delete_per_hour: u32,
    pub px_per_minute: u32,
    pub px_per_day: u32,
    pub gs_per_minute: u32,
    pub gs_per_day: u32,
    pub pt_per_minute: u32,
    pub pt_per_day: u32,
}

/// Calls by ids of another system that a minute allows; Gainsight PX documents 200 a second.
const IDENTIFY_PER_MINUTE: u32 = 12_000;

/// Such calls that a day allows.
const IDENTIFY_PER_DAY: u32 = 1_000_000;

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            sync_per_minute: 100,
            sync_per_day: 50_000,
            async_per_hour: 10,
            async_per_day: 100,
            delete_per_hour: 100,
            px_per_minute: IDENTIFY_PER_MINUTE,
            px_per_day: IDENTIFY_PER_DAY,
            gs_per_minute: IDENTIFY_PER_MINUTE,
            gs_per_day: IDENTIFY_PER_DAY,
            pt_per_minute: IDENTIFY_PER_MINUTE,
            pt_per_day: IDENTIFY_PER_DAY,
        }
    }
}

/// One fixed window: a number of calls in a number of seconds, counted from a round time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitWindow {
    /// The name of the limit in the operator's command, such as `sync-per-minute`.
    pub name: &'static str,
    pub seconds: u64,
    /// The calls that the window allows.
    pub limit: u32,
}

impl RateLimitWindow {
    /// The number of the window that contains `now` (seconds since 1970).
    #[must_use]
    pub fn number_at(self, now: u64) -> u64 {
        now / self.seconds
    }

    /// Seconds until the next window starts; at least 1.
    #[must_use]
    pub fn seconds_to_reset(self, now: u64) -> u64 {
        self.seconds - now % self.seconds
    }
}

impl RateLimits {
    /// The same number of calls in every window.
    #[must_use]
    pub fn with_every_window(calls: u32) -> Self {
        Self {
            sync_per_minute: calls,
            sync_per_day: calls,
            async_per_hour: calls,
            async_per_day: calls,
            delete_per_hour: calls,
            px_per_minute: calls,
            px_per_day: calls,
            gs_per_minute: calls,
            gs_per_day: calls,
            pt_per_minute: calls,
            pt_per_day: calls,
        }
    }

    /// The short and the long window of a class. The long window of a class without one is
    /// unlimited.
    #[must_use]
    pub fn windows_of_class(&self, class: RateLimitClass) -> [RateLimitWindow; 2] {
        let window = |name, seconds, limit| RateLimitWindow { name, seconds, limit };
        match class {
            RateLimitClass::Sync => [
                window("sync-per-minute", 60, self.sync_per_minute),
                window("sync-per-day", 86_400, self.sync_per_day),
            ],
            RateLimitClass::Async => [
                window("async-per-hour", 3_600, self.async_per_hour),
                window("async-per-day", 86_400, self.async_per_day),
            ],
            RateLimitClass::Delete => [
                window("delete-per-hour", 3_600, self.delete_per_hour),
                window("delete-per-day", 86_400, u32::MAX),
            ],
            RateLimitClass::Px => [
                window("px-per-minute", 60, self.px_per_minute),
                window("px-per-day", 86_400, self.px_per_day),
            ],
            RateLimitClass::Gs => [
                window("gs-per-minute", 60, self.gs_per_minute),
                window("gs-per-day", 86_400, self.gs_per_day),
            ],
            RateLimitClass::Pt => [
                window("pt-per-minute", 60, self.pt_per_minute),
                window("pt-per-day", 86_400, self.pt_per_day),
            ],
        }
    }
}

/// The state of a call's limits, for the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitStatus {
    /// Whether this call exceeds a limit.
    pub exceeded: bool,
    /// The window with the fewest calls left.
    pub window: RateLimitWindow,
    /// Calls left in the window after this one.
    pub remaining: u32,
    /// Seconds until the window starts again.
    pub reset_seconds: u64,
}

impl RateLimitStatus {
    /// Computes the status from the windows of a class and the calls counted in each, this one
    /// included.
    #[must_use]
    pub fn from_counts(windows: [RateLimitWindow; 2], counts: [u64; 2], now: u64) -> Self {
        let [short, long] = windows.map(|window| (window, window.seconds_to_reset(now)));
        let [first, second] =
            [(short, counts[0]), (long, counts[1])].map(|((window, reset), count)| {
                let limit = u64::from(window.limit);
                let remaining = u32::try_from(limit.saturating_sub(count)).unwrap_or(u32::MAX);
                Self { exceeded: count > limit, window, remaining, reset_seconds: reset }
            });
        // Of two exceeded windows the one that blocks longer decides when to retry.
        let tightness =
            |s: &Self| (s.exceeded, u32::MAX - s.remaining, s.exceeded.then_some(s.reset_seconds));
        if tightness(&second) > tightness(&first) { second } else { first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored tenant that is older than a limit has its default.
    #[test]
    fn a_limit_that_is_not_stored_is_the_default() {
        let stored = RateLimits { sync_per_minute: 7, ..RateLimits::default() };
        let read: RateLimits = serde_json::from_str(r#"{"syncPerMinute":7}"#).unwrap();
        assert_eq!(read, stored);
    }

    #[test]
    fn the_window_with_the_least_left_is_shown() {
        let windows = RateLimits::default().windows_of_class(RateLimitClass::Sync);
        let now = 86_400 * 20_000 + 59;
        let [minute, day] = windows;
        for (counts, exceeded, window, remaining, reset) in [
            ([1, 1], false, minute, 99, 1),
            ([100, 100], false, minute, 0, 1),
            ([101, 101], true, minute, 0, 1),
            ([1, 50_001], true, day, 0, 86_341),
            ([101, 50_001], true, day, 0, 86_341),
            ([5, 49_999], false, day, 1, 86_341),
            ([101, 50_000], true, minute, 0, 1),
        ] {
            let standing = RateLimitStatus::from_counts(windows, counts, now);
            assert_eq!(
                standing,
                RateLimitStatus { exceeded, window, remaining, reset_seconds: reset },
                "{counts:?}"
            );
        }
    }
}
