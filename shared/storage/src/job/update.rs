//! One conditional `UpdateItem` on an item of a job.

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use serde::Serialize;

use crate::convert::Item;
use crate::error::missed;
use crate::expression::Placeholders;
use crate::keys::Key;
use crate::{Result, StoreError, TenantStore};

/// What became of it.
pub(super) enum Updated {
    /// It is done; the item as it stands now.
    Done(Item),
    /// Its condition does not hold.
    Missed,
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

    fn attribute(mut self, name: &str, attribute: AttributeValue) -> Self {
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
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let (none, one) = (self.place.attribute(number("0")), self.place.attribute(number("1")));
        self.sets.push(format!("{name} = if_not_exists({name}, {none}) + {one}"));
        self
    }

    /// Adds to a list, which need not be there yet.
    pub(super) fn append(mut self, name: &str, values: &[impl Serialize]) -> Result<Self> {
        let list = serde_dynamo::to_attribute_value(values);
        let list = self.place.attribute(list.map_err(|_| StoreError::corrupt(name))?);
        let (name, none) =
            (self.place.name(name), self.place.attribute(AttributeValue::L(Vec::new())));
        self.sets.push(format!("{name} = list_append(if_not_exists({name}, {none}), {list})"));
        Ok(self)
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

    /// Sets what others may have set, when they did before `free`, or when `end` is there. The
    /// same call again, of a client whose answer was lost, does the same.
    pub(super) fn take(mut self, name: &str, mine: &str, free: &str, end: &str) -> Self {
        let (name, end) = (self.place.name(name), self.place.name(end));
        let (mine, free) = (self.place.text(mine), self.place.text(free));
        self.sets.push(format!("{name} = {mine}"));
        self.conditions.push(format!(
            "(attribute_not_exists({name}) OR {name} = {mine} OR {name} < {free} OR attribute_exists({end}))"
        ));
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
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match self.store.meter.time(call.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                Ok(Updated::Done(answer.attributes.unwrap_or_default()))
            }
            Err(error) => missed(error).map(|_| Updated::Missed),
        }
    }
}
