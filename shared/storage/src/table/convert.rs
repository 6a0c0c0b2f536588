//! Converts between the values of `domain` and DynamoDB's.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::objects::record::Attributes;
use people_domain::values::{self, Decimal, FieldType, Value};
use serde::Serialize;

use crate::table::keys::{ItemKey, PK, SK};
use crate::{Result, StoreError};

pub(crate) type TableItem = HashMap<String, AttributeValue>;

/// Converts a value to an attribute; a cleared value becomes NULL.
pub(crate) fn to_attribute(value: Option<&Value>) -> AttributeValue {
    match value {
        None => AttributeValue::Null(true),
        Some(Value::Text(text)) => AttributeValue::S(text.clone()),
        Some(Value::Bool(flag)) => AttributeValue::Bool(*flag),
        Some(Value::Number(number)) => AttributeValue::N(number.as_str().to_owned()),
        Some(Value::List(list)) => {
            AttributeValue::L(list.iter().cloned().map(AttributeValue::S).collect())
        }
    }
}

/// Converts an attribute to a value. Types that the service never writes become `None`.
fn from_attribute(attribute: AttributeValue) -> Option<Value> {
    match attribute {
        AttributeValue::S(text) => Some(Value::Text(text)),
        AttributeValue::Bool(flag) => Some(Value::Bool(flag)),
        AttributeValue::N(text) => parse_number(&text),
        AttributeValue::L(list) => Some(Value::List(
            list.into_iter().filter_map(|item| item.as_s().ok().cloned()).collect(),
        )),
        _ => None,
    }
}

/// Parses a number, which DynamoDB may render with an exponent when it is small.
fn parse_number(text: &str) -> Option<Value> {
    if let Some(number) = Decimal::parse(text) {
        return Some(Value::Number(number));
    }
    let float = serde_json::Number::from_f64(text.parse().ok()?)?;
    values::parse(FieldType::Number, 0, &float.into()).ok().flatten()
}

/// Converts an item, without its key.
pub(crate) fn to_attributes(item: TableItem) -> Attributes {
    let own = item.into_iter().filter(|(name, _)| name != PK && name != SK);
    own.map(|(name, attribute)| (name, from_attribute(attribute))).collect()
}

/// Converts attributes to the item at a key.
pub(crate) fn to_item(key: &ItemKey, attributes: &Attributes) -> TableItem {
    let mut item = key.to_attributes();
    item.extend(
        attributes.iter().map(|(name, value)| (name.clone(), to_attribute(value.as_ref()))),
    );
    item
}

/// Serializes a value as the item at a key.
pub(crate) fn serialize_item(key: &ItemKey, value: &impl Serialize) -> Result<TableItem> {
    let mut item: TableItem =
        serde_dynamo::to_item(value).map_err(|_| StoreError::corrupt("item"))?;
    item.extend(key.to_attributes());
    Ok(item)
}

/// A text attribute of an item.
pub(crate) fn item_text<'i>(item: &'i TableItem, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A number attribute of an item.
pub(crate) fn item_number<N: FromStr>(item: &TableItem, name: &str) -> Option<N> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_store() {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |text: &str| Value::Number(Decimal::parse(text).unwrap());
        for value in [
            Some(text("é")),
            Some(Value::Bool(false)),
            Some(number("-12.5")),
            None,
            Some(Value::List(vec!["a".to_owned(), "b".to_owned()])),
        ] {
            assert_eq!(from_attribute(to_attribute(value.as_ref())), value);
        }
        assert_eq!(from_attribute(AttributeValue::N("1E-7".to_owned())), Some(number("0.0000001")));
    }
}
