//! Builds the assignments and conditions of one `UpdateItem`.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::Serialize;

use crate::table::call::ConditionalWrite;
use crate::table::expression::Placeholders;
use crate::table::keys::ItemKey;
use crate::{Result, Store, StoreError};

/// Assignments and conditions of one update. Every name is behind a placeholder, because many of
/// the attribute names are reserved words of DynamoDB.
#[derive(Default)]
pub(crate) struct ItemUpdate {
    placeholders: Placeholders,
    sets: Vec<String>,
    conditions: Vec<String>,
}

impl ItemUpdate {
    pub(crate) fn set_text(self, name: &str, text: &str) -> Self {
        self.set_attribute(name, AttributeValue::S(text.to_owned()))
    }

    pub(crate) fn set_number(self, name: &str, number: u64) -> Self {
        self.set_attribute(name, AttributeValue::N(number.to_string()))
    }

    /// Sets a value in its serialized form, in which absent fields are left out rather than NULL.
    pub(crate) fn set_serialized(self, name: &str, value: &impl Serialize) -> Result<Self> {
        let attribute = serde_dynamo::to_attribute_value(value);
        Ok(self.set_attribute(name, attribute.map_err(|_| StoreError::corrupt(name))?))
    }

    pub(crate) fn set_attribute(self, name: &str, attribute: AttributeValue) -> Self {
        self.assign(|p| format!("{} = {}", p.add_name(name), p.add_attribute(attribute)))
    }

    /// Sets an attribute unless it has a value.
    pub(crate) fn set_once(self, name: &str, attribute: AttributeValue) -> Self {
        self.assign(|p| {
            let (name, value) = (p.add_name(name), p.add_attribute(attribute));
            format!("{name} = if_not_exists({name}, {value})")
        })
    }

    /// Adds one to a number; an absent one counts as zero.
    pub(crate) fn increment(self, name: &str) -> Self {
        self.assign(|p| {
            let (name, zero, one) = (p.add_name(name), p.add_number(0), p.add_number(1));
            format!("{name} = if_not_exists({name}, {zero}) + {one}")
        })
    }

    /// Subtracts one from a number that exists.
    pub(crate) fn decrement(self, name: &str) -> Self {
        self.assign(|p| format!("{0} = {0} - {1}", p.add_name(name), p.add_number(1)))
    }

    /// Sets a version under the condition that no later one is stored.
    pub(crate) fn set_version(self, name: &str, version: u64) -> Self {
        let condition = |p: &mut Placeholders| {
            let (name, version) = (p.add_name(name), p.add_number(version));
            format!("(attribute_not_exists({name}) OR {name} <= {version})")
        };
        self.require(condition).set_number(name, version)
    }

    pub(crate) fn if_present(self, name: &str) -> Self {
        self.require(|p| format!("attribute_exists({})", p.add_name(name)))
    }

    pub(crate) fn if_absent(self, name: &str) -> Self {
        self.require(|p| format!("attribute_not_exists({})", p.add_name(name)))
    }

    pub(crate) fn if_text(self, name: &str, text: &str) -> Self {
        self.require(|p| format!("{} = {}", p.add_name(name), p.add_text(text)))
    }

    pub(crate) fn if_not_text(self, name: &str, text: &str) -> Self {
        self.require(|p| format!("{} <> {}", p.add_name(name), p.add_text(text)))
    }

    pub(crate) fn if_number(self, name: &str, number: u64) -> Self {
        self.require(|p| format!("{} = {}", p.add_name(name), p.add_number(number)))
    }

    /// Adds an assignment that `build` forms.
    pub(crate) fn assign(mut self, build: impl FnOnce(&mut Placeholders) -> String) -> Self {
        let assignment = build(&mut self.placeholders);
        self.sets.push(assignment);
        self
    }

    /// Adds a condition that `build` forms.
    pub(crate) fn require(mut self, build: impl FnOnce(&mut Placeholders) -> String) -> Self {
        let condition = build(&mut self.placeholders);
        self.conditions.push(condition);
        self
    }

    fn into_expressions(self) -> (String, String, Placeholders) {
        let update = format!("SET {}", self.sets.join(", "));
        (update, self.conditions.join(" AND "), self.placeholders)
    }
}

impl Store {
    /// Sends an update. A conflict with a transaction becomes a retryable error.
    pub(crate) async fn send_update(
        &self,
        key: &ItemKey,
        update: ItemUpdate,
    ) -> Result<ConditionalWrite> {
        let (update, condition, placeholders) = update.into_expressions();
        let condition = (!condition.is_empty()).then_some(condition);
        self.update_item(key, update, condition, placeholders).await?.reject_conflict()
    }

    /// An update as an action of a transaction; it must have a condition.
    pub(crate) fn build_item_update(
        &self,
        key: &ItemKey,
        update: ItemUpdate,
    ) -> Result<TransactWriteItem> {
        let (update, condition, placeholders) = update.into_expressions();
        self.build_update(key, update, condition, placeholders)
    }
}
