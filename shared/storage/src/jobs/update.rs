//! One conditional `UpdateItem` on an item of a job.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use people_domain::ids::stamp::Stamp;
use serde::Serialize;

use crate::table::convert::Item;
use crate::table::error::missed;
use crate::table::expression::Placeholders;
use crate::table::keys::Key;
use crate::{Result, StoreError, TenantStore};

/// What became of it.
pub(super) enum Updated {
    /// It is done; the item as it stands now.
    Done(Item),
    /// Its condition does not hold; the item that is there.
    Missed(Option<Item>),
}

/// When a worker takes an item, and the times at which another's hold on it is over.
pub(super) struct Lease {
    pub(super) mine: Stamp,
    pub(super) free: Stamp,
    pub(super) ahead: Stamp,
}

/// The most by which the clocks of two workers differ, as far as a lease believes it.
const CLOCKS_APART: Duration = Duration::from_secs(60);

impl Lease {
    /// From now on for so long.
    pub(super) fn new(mine: Stamp, time: Duration) -> Self {
        Self { mine, free: mine.before(time), ahead: mine.after(CLOCKS_APART) }
    }
}

/// Assignments and conditions, gathered one by one. Every name is behind a placeholder: many of
/// ours are DynamoDB's own words.
#[derive(Default)]
pub(super) struct Update {
    place: Placeholders,
    sets: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.attribute(name, AttributeValue::S(text.to_owned()))
    }

    pub(super) fn number(self, name: &str, number: u64) -> Self {
        self.attribute(name, AttributeValue::N(number.to_string()))
    }

    /// Sets what serializes as the store takes it: never an absent value as NULL.
    pub(super) fn value(self, name: &str, value: &impl Serialize) -> Result<Self> {
        let attribute = serde_dynamo::to_attribute_value(value);
        Ok(self.attribute(name, attribute.map_err(|_| StoreError::corrupt(name))?))
    }

    /// Sets what is stored as it is.
    pub(super) fn attribute(mut self, name: &str, attribute: AttributeValue) -> Self {
        let set = format!("{} = {}", self.place.name(name), self.place.attribute(attribute));
        self.sets.push(set);
        self
    }

    /// Sets it unless it has a value.
    pub(super) fn once(mut self, name: &str, attribute: AttributeValue) -> Self {
        let (name, value) = (self.place.name(name), self.place.attribute(attribute));
        self.sets.push(format!("{name} = if_not_exists({name}, {value})"));
        self
    }

    /// Counts one more.
    pub(super) fn count(mut self, name: &str) -> Self {
        let name = self.place.name(name);
        let (none, one) = (self.place.number(0), self.place.number(1));
        self.sets.push(format!("{name} = if_not_exists({name}, {none}) + {one}"));
        self
    }

    /// Counts one less.
    pub(super) fn count_down(mut self, name: &str) -> Self {
        let (name, one) = (self.place.name(name), self.place.number(1));
        self.sets.push(format!("{name} = {name} - {one}"));
        self
    }

    pub(super) fn when_present(mut self, name: &str) -> Self {
        let condition = format!("attribute_exists({})", self.place.name(name));
        self.conditions.push(condition);
        self
    }

    pub(super) fn when_absent(mut self, name: &str) -> Self {
        let condition = format!("attribute_not_exists({})", self.place.name(name));
        self.conditions.push(condition);
        self
    }

    /// Sets since when this worker has the item, when another has it since before `free`, or since a
    /// time that is still to come, as a clock that was wrong left it; or when `end` is there. A try
    /// whose answer was lost misses, and finds its own stamp.
    pub(super) fn take(mut self, name: &str, lease: &Lease, end: &str) -> Self {
        let (name, end) = (self.place.name(name), self.place.name(end));
        let [mine, free, ahead] =
            [lease.mine, lease.free, lease.ahead].map(|stamp| self.place.text(stamp.as_str()));
        self.sets.push(format!("{name} = {mine}"));
        self.conditions.push(format!(
            "(attribute_not_exists({name}) OR {name} < {free} OR {name} > {ahead} OR attribute_exists({end}))"
        ));
        self
    }

    /// Sets a number that orders what is set with it: an older one changes nothing.
    pub(super) fn version(mut self, name: &str, version: u64) -> Self {
        let (name, version) = (self.place.name(name), self.place.number(version));
        self.sets.push(format!("{name} = {version}"));
        self.conditions.push(format!("(attribute_not_exists({name}) OR {name} <= {version})"));
        self
    }

    pub(super) fn when(self, name: &str, text: &str) -> Self {
        self.compare(name, "=", text)
    }

    pub(super) fn when_not(self, name: &str, text: &str) -> Self {
        self.compare(name, "<>", text)
    }

    fn compare(mut self, name: &str, operator: &str, text: &str) -> Self {
        let condition = format!("{} {operator} {}", self.place.name(name), self.place.text(text));
        self.conditions.push(condition);
        self
    }
}

impl TenantStore {
    pub(super) async fn update(&self, key: &Key, update: Update) -> Result<Updated> {
        let Update { place, sets, conditions } = update;
        let (names, values) = place.into_parts();
        let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
        let call = self.store.db.update_item().table_name(&*self.store.table);
        let call = call
            .set_key(Some(key.attributes()))
            .update_expression(format!("SET {}", sets.join(", ")))
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match self.store.meter.time(call.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                Ok(Updated::Done(answer.attributes.unwrap_or_default()))
            }
            Err(error) => missed(error).map(Updated::Missed),
        }
    }
}
