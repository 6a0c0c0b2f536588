//! Counters of calls in fixed windows: minute (or hour) and day in one item (contract 13).

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use people_domain::limit::{Class, Standing};

use crate::objects::generation::Generation;
use crate::table::clock::since_epoch;
use crate::table::convert::Item;
use crate::table::error::missed;
use crate::table::keys;
use crate::{Result, StoreError, TenantStore};

/// How often counting starts again when others begin a new window at the same moment.
const TRIES: usize = 20;

/// A call that was counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// How the tenant stands.
    pub standing: Standing,
    /// The generation that the call began under, which only synchronous calls are told.
    pub generation: Option<Generation>,
}

/// The stored counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counter {
    /// Numbers of the short and the long window.
    numbers: [u64; 2],
    /// Calls counted in them.
    counts: [u64; 2],
}

/// Attribute names: number and count of the short window, then of the long one.
const FIELDS: [(&str, &str); 4] =
    [("#s", "short"), ("#sc", "shortCount"), ("#l", "long"), ("#lc", "longCount")];

impl TenantStore {
    /// Counts a call, refused ones too, and says how the tenant stands (contract-details 1).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count(&self, class: Class) -> Result<Counted> {
        let now = since_epoch().as_secs();
        let windows = self.tenant.settings.limits.windows(class);
        let mut numbers = windows.map(|window| window.number(now));
        let mut begins = None;
        for _ in 0..TRIES {
            let write = match begins {
                None => add(self.counter(class), numbers),
                Some(old) => begin(self.counter(class), old, numbers),
            };
            let found = match self.store.meter.time(write.send()).await {
                Ok(answer) => {
                    self.store.meter.consumed(answer.consumed_capacity());
                    let item = answer.attributes.unwrap_or_default();
                    let counter = Counter::read(&item);
                    let counts = counter.ok_or_else(|| StoreError::corrupt("counter"))?.counts;
                    let standing = Standing::of(windows, counts, now);
                    let generation = (class == Class::Sync).then(|| Generation::of(&item));
                    return Ok(Counted { standing, generation });
                }
                Err(error) => missed(error)?.and_then(|item| Counter::read(&item)),
            };
            // Another process, its clock a little ahead, may be in the next window already.
            let stored = found.map_or([0, 0], |counter| counter.numbers);
            numbers = [numbers[0].max(stored[0]), numbers[1].max(stored[1])];
            begins = (found.is_none() || stored != numbers).then_some(found);
        }
        Err(StoreError::Unavailable("a counter that others keep changing".to_owned()))
    }

    fn counter(&self, class: Class) -> UpdateItemFluentBuilder {
        let key = keys::window(&self.tenant.id, class.as_str()).attributes();
        let mut call =
            self.store.db.update_item().table_name(&*self.store.table).set_key(Some(key));
        for (placeholder, field) in FIELDS {
            call = call.expression_attribute_names(placeholder, field);
        }
        let call = call
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        call.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// The usual case: the counter is in these windows, and both get one more.
fn add(call: UpdateItemFluentBuilder, [short, long]: [u64; 2]) -> UpdateItemFluentBuilder {
    let call = call
        .update_expression("ADD #sc :one, #lc :one")
        .condition_expression("#s = :s AND #l = :l");
    with_numbers(call, &[(":one", 1), (":s", short), (":l", long)])
}

/// A new short window begins, perhaps a new long one, unless the counter is not `old` any more.
fn begin(
    call: UpdateItemFluentBuilder,
    old: Option<Counter>,
    numbers: [u64; 2],
) -> UpdateItemFluentBuilder {
    let [short, long] = numbers;
    let call = call.update_expression("SET #s = :s, #sc = :sc, #l = :l, #lc = :lc");
    let Some(Counter { numbers: [old_short, old_long], counts: [_, old_count] }) = old else {
        let call = call.condition_expression("attribute_not_exists(#s)");
        return with_numbers(call, &[(":s", short), (":sc", 1), (":l", long), (":lc", 1)]);
    };
    let long_count = if old_long == long { old_count + 1 } else { 1 };
    let call = call.condition_expression("#s = :os AND #l = :ol AND #lc = :olc");
    let call = with_numbers(call, &[(":os", old_short), (":ol", old_long), (":olc", old_count)]);
    with_numbers(call, &[(":s", short), (":sc", 1), (":l", long), (":lc", long_count)])
}

fn with_numbers(
    mut call: UpdateItemFluentBuilder,
    values: &[(&str, u64)],
) -> UpdateItemFluentBuilder {
    for (placeholder, number) in values {
        call =
            call.expression_attribute_values(*placeholder, AttributeValue::N(number.to_string()));
    }
    call
}

impl Counter {
    /// None where nothing was counted yet, though a generation may be kept there.
    fn read(item: &Item) -> Option<Self> {
        let number = |name: &str| item.get(name).and_then(|n| n.as_n().ok()?.parse().ok());
        let [short, short_count, long, long_count] = FIELDS.map(|(_, field)| number(field));
        let counts = [short_count, long_count].map(Option::unwrap_or_default);
        Some(Self { numbers: [short?, long.unwrap_or_default()], counts })
    }
}
