//! Counters of calls in fixed windows: minute (or hour) and day in one item (contract:
//! keys#windows).

use people_domain::limit::{RateLimitClass, RateLimitStatus};

use crate::objects::generation::Generation;
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// How often counting starts again when others begin a new window at the same moment.
const WINDOW_ATTEMPTS_MAX: usize = 20;

/// A call that was counted.
#[derive(Debug, Clone, Copy)]
pub struct RecordedCall {
    /// How the tenant stands.
    pub status: RateLimitStatus,
    /// The generation that the call began under, which only synchronous calls are told.
    pub generation: Option<Generation>,
}

/// The stored counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RateLimitCounter {
    /// Numbers of the short and the long window.
    numbers: [u64; 2],
    /// Calls counted in them.
    counts: [u64; 2],
}

/// Attribute names: number and count of the short window, then of the long one.
const SHORT: &str = "short";
const SHORT_COUNT: &str = "shortCount";
const LONG: &str = "long";
const LONG_COUNT: &str = "longCount";

impl TenantStore {
    /// Counts a call, refused ones too, and says how the tenant stands (contract: keys#what-counts,
    /// keys#ratelimit-headers).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_call(&self, class: RateLimitClass) -> Result<RecordedCall> {
        let now = since_epoch().as_secs();
        let windows = self.tenant.settings.limits.windows_of_class(class);
        let mut numbers = windows.map(|window| window.number_at(now));
        let mut begins = None;
        let key = keys::rate_limit_key(&self.tenant.id, class.as_str());
        for _ in 0..WINDOW_ATTEMPTS_MAX {
            let update = match begins {
                None => increment_counts(numbers),
                Some(old) => begin_window(old, numbers),
            };
            let found = match self.store.send_update(&key, update).await? {
                ConditionalWrite::Done(item) => {
                    let counter = RateLimitCounter::from_item(&item);
                    let counts = counter.ok_or_else(|| StoreError::corrupt("counter"))?.counts;
                    let standing = RateLimitStatus::from_counts(windows, counts, now);
                    let generation =
                        (class == RateLimitClass::Sync).then(|| Generation::from_item(&item));
                    return Ok(RecordedCall { status: standing, generation });
                }
                ConditionalWrite::Missed(found) => {
                    found.as_ref().and_then(RateLimitCounter::from_item)
                }
                ConditionalWrite::Conflict => None,
            };
            // Another process, its clock a little ahead, may be in the next window already.
            let stored = found.map_or([0, 0], |counter| counter.numbers);
            numbers = [numbers[0].max(stored[0]), numbers[1].max(stored[1])];
            begins = (found.is_none() || stored != numbers).then_some(found);
        }
        Err(StoreError::Unavailable("a counter that others keep changing".to_owned()))
    }
}

/// The usual case: the counter is in these windows, and both get one more.
fn increment_counts([short, long]: [u64; 2]) -> ItemUpdate {
    let update = ItemUpdate::default().increment(SHORT_COUNT).increment(LONG_COUNT);
    update.if_number(SHORT, short).if_number(LONG, long)
}

/// A new short window begins, perhaps a new long one, unless the counter is not `old` any more.
fn begin_window(old: Option<RateLimitCounter>, [short, long]: [u64; 2]) -> ItemUpdate {
    let update = ItemUpdate::default().set_number(SHORT, short).set_number(SHORT_COUNT, 1);
    let update = update.set_number(LONG, long);
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
    /// None where nothing was counted yet, though a generation may be kept there.
    fn from_item(item: &TableItem) -> Option<Self> {
        let number = |name: &str| item.get(name).and_then(|n| n.as_n().ok()?.parse().ok());
        let [short, short_count, long, long_count] =
            [SHORT, SHORT_COUNT, LONG, LONG_COUNT].map(number);
        let counts = [short_count, long_count].map(Option::unwrap_or_default);
        Some(Self { numbers: [short?, long.unwrap_or_default()], counts })
    }
}
