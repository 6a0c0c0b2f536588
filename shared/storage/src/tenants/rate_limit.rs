//! Counts calls in fixed windows: a minute (or an hour) and a day, in one item (contract:
//! keys#windows; ADR 30).

use people_domain::limit::{RateLimitClass, RateLimitStatus};

use crate::objects::generation::Generation;
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, item_number};
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// Attempts to count a call while others start a new window at the same time.
const WINDOW_ATTEMPTS_MAX: usize = 20;

/// A call that was counted.
#[derive(Debug, Clone, Copy)]
pub struct RecordedCall {
    pub status: RateLimitStatus,
    /// The generation under which the call started, for a synchronous call.
    pub generation: Option<Generation>,
}

/// The stored counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RateLimitCounter {
    /// The numbers of the short and of the long window.
    numbers: [u64; 2],
    /// The calls counted in the two windows.
    counts: [u64; 2],
}

// Attributes: the number and the count of the short window, then those of the long one.
const SHORT: &str = "short";
const SHORT_COUNT: &str = "shortCount";
const LONG: &str = "long";
const LONG_COUNT: &str = "longCount";

impl TenantStore {
    /// Counts a call, even one that is refused, and returns the tenant's status (contract:
    /// keys#what-counts, keys#ratelimit-headers).
    pub async fn record_call(&self, class: RateLimitClass) -> Result<RecordedCall> {
        let now = since_epoch().as_secs();
        let windows = self.tenant.settings.limits.windows_of_class(class);
        let mut numbers = windows.map(|window| window.number_at(now));
        // The counter to replace, once a new window is known to start.
        let mut replaced = None;
        let key = keys::rate_limit_key(&self.tenant.id, class.as_str());
        for _ in 0..WINDOW_ATTEMPTS_MAX {
            let update = match replaced {
                None => increment_counts(numbers),
                Some(old) => begin_window(old, numbers),
            };
            let found = match self.store.send_update(&key, update).await? {
                ConditionalWrite::Done(item) => {
                    let counter = RateLimitCounter::from_item(&item);
                    let counts = counter.ok_or_else(|| StoreError::corrupt("counter"))?.counts;
                    let status = RateLimitStatus::from_counts(windows, counts, now);
                    let generation =
                        (class == RateLimitClass::Sync).then(|| Generation::from_item(&item));
                    return Ok(RecordedCall { status, generation });
                }
                ConditionalWrite::Missed(found) => {
                    found.as_ref().and_then(RateLimitCounter::from_item)
                }
                ConditionalWrite::Conflict => None,
            };
            // Another process whose clock is slightly ahead may be in the next window already.
            let stored = found.map_or([0, 0], |counter| counter.numbers);
            numbers = [numbers[0].max(stored[0]), numbers[1].max(stored[1])];
            replaced = (found.is_none() || stored != numbers).then_some(found);
        }
        Err(StoreError::contended("a rate-limit counter"))
    }
}

/// The usual case: increments both counts if the counter is in these windows.
fn increment_counts([short, long]: [u64; 2]) -> ItemUpdate {
    let update = ItemUpdate::default().increment(SHORT_COUNT).increment(LONG_COUNT);
    update.if_number(SHORT, short).if_number(LONG, long)
}

/// Starts a new short window, and a new long one if its number differs, if the counter is still
/// `old`.
fn begin_window(old: Option<RateLimitCounter>, [short, long]: [u64; 2]) -> ItemUpdate {
    let update = ItemUpdate::default()
        .set_number(SHORT, short)
        .set_number(SHORT_COUNT, 1)
        .set_number(LONG, long);
    let Some(RateLimitCounter { numbers: [old_short, old_long], counts: [_, old_count] }) = old
    else {
        return update.set_number(LONG_COUNT, 1).if_absent(SHORT);
    };
    let long_count = if old_long == long { old_count + 1 } else { 1 };
    update
        .set_number(LONG_COUNT, long_count)
        .if_number(SHORT, old_short)
        .if_number(LONG, old_long)
        .if_number(LONG_COUNT, old_count)
}

impl RateLimitCounter {
    /// `None` when nothing was counted yet, although the item may hold a generation.
    fn from_item(item: &TableItem) -> Option<Self> {
        let number = |name| item_number(item, name);
        let [short, short_count, long, long_count] =
            [SHORT, SHORT_COUNT, LONG, LONG_COUNT].map(number);
        let counts = [short_count, long_count].map(Option::unwrap_or_default);
        Some(Self { numbers: [short?, long.unwrap_or_default()], counts })
    }
}
