//! A record of an object beside people: a company, a relationship, a custom object.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::ids::email;
use crate::ids::stamp::Stamp;
use crate::people::EMAIL;
use crate::schema::metadata::{Field, FieldOrigin, Object, object};
use crate::values::{FieldType, Value};

/// Attribute that holds when an item was made.
pub const CREATED: &str = "b";

/// Attribute that holds the last write of an item.
pub const UPDATED: &str = "v";

/// Values by attribute name; `None` is a cleared field, stored as NULL.
pub type Attributes = BTreeMap<String, Option<Value>>;

/// The text of an attribute.
#[must_use]
pub fn attribute_text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    match attributes.get(name)?.as_ref()? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The stamp in an attribute.
#[must_use]
pub fn attribute_stamp(attributes: &Attributes, name: &str) -> Option<Stamp> {
    attribute_text(attributes, name).and_then(Stamp::parse)
}

/// A stored record.
#[derive(Clone)]
pub struct Record {
    /// Lower-case object name.
    pub object: String,
    /// Its GSID.
    pub gsid: String,
    /// When it was made.
    pub created: Stamp,
    /// Its fields, by storage code.
    pub attributes: Attributes,
}

impl Record {
    /// The value of a stored field, its default included.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        match self.attributes.get(field.code()?) {
            Some(value) => value.as_ref(),
            None => field.default_at(self.created),
        }
    }

    /// The value of the field of this name as a text to compare with; none when null.
    #[must_use]
    pub fn comparable_value(&self, object: &Object, name: &str) -> Option<String> {
        let field = object.field(name)?;
        match field.origin {
            FieldOrigin::Gsid => Some(self.gsid.clone()),
            FieldOrigin::Email => self.text(EMAIL).map(str::to_owned),
            _ => self.value(field).and_then(|value| comparable_text(field.kind, value)),
        }
    }

    /// The company that a relationship belongs to; none of any other record.
    #[must_use]
    pub fn company_id(&self) -> Option<&str> {
        self.text(COMPANY_ID_CODE).filter(|_| self.object == object::RELATIONSHIP)
    }

    /// Whether it is there, as far as that depends on others: a relationship of a deleted company
    /// is gone with it (contract: upsert#deleted-companies). `records`: what there is of companies,
    /// by GSID.
    #[must_use]
    pub fn is_present(&self, records: &HashMap<String, Arc<Record>>) -> bool {
        let company = || records.get(self.company_id()?).map(|company| &*company.object);
        self.object != object::RELATIONSHIP || company() == Some(object::COMPANY)
    }

    /// The text of a standard field, by its storage code.
    #[must_use]
    pub fn text(&self, code: &str) -> Option<&str> {
        attribute_text(&self.attributes, code)
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {})", self.object, self.gsid)
    }
}

/// How a value compares in a lookup: trimmed, a number as its text, an email by its
/// key (contract: lookups#comparing).
#[must_use]
pub fn comparable_text(kind: FieldType, value: &Value) -> Option<String> {
    match (value, kind) {
        (Value::Text(text), FieldType::Email) => Some(email::comparable_text(text)),
        (Value::Text(text), _) => Some(text.trim().to_owned()),
        (Value::Number(number), _) => Some(number.as_str().to_owned()),
        (Value::Bool(flag), _) => Some(flag.to_string()),
        (Value::List(_), _) => None,
    }
}

/// About how many bytes attributes take in memory: names, values and what holds them.
#[must_use]
pub fn estimate_bytes(attributes: &Attributes) -> usize {
    let value = |value: &Option<Value>| match value {
        Some(Value::Text(text)) => text.len(),
        Some(Value::List(list)) => list.iter().map(|text| text.len() + TEXT_OVERHEAD_BYTES).sum(),
        Some(Value::Bool(_) | Value::Number(_)) | None => TEXT_OVERHEAD_BYTES,
    };
    attributes
        .iter()
        .map(|(name, stored)| name.len() + value(stored) + ATTRIBUTE_OVERHEAD_BYTES)
        .sum()
}

/// Bytes of an attribute beside its name and value, and of a text beside its own.
const ATTRIBUTE_OVERHEAD_BYTES: usize = 80;
const TEXT_OVERHEAD_BYTES: usize = 24;

/// Storage code of a record's Name.
pub const NAME_CODE: &str = "nm";

/// Storage code of a relationship's Company_ID.
pub const COMPANY_ID_CODE: &str = "ci";

/// Storage code of a relationship's Relationship_Type_ID, and of an association's.
pub const RELATIONSHIP_TYPE_CODE: &str = "rt";
