//! Stored records of objects other than those of people: companies, relationships, custom objects.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::ids::email;
use crate::ids::stamp::Stamp;
use crate::people::EMAIL;
use crate::schema::metadata::{Field, FieldOrigin, Object, object};
use crate::values::{FieldType, Value};

/// The attribute with the stamp of an item's creation.
pub const CREATED: &str = "b";

/// The attribute with the stamp of an item's last write.
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

#[derive(Clone)]
pub struct Record {
    /// Lower-case object name.
    pub object: String,
    pub gsid: String,
    pub created: Stamp,
    /// Its fields by storage code.
    pub attributes: Attributes,
}

impl Record {
    /// The value of a stored field, or its default.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        match self.attributes.get(field.code()?) {
            Some(value) => value.as_ref(),
            None => field.default_at(self.created),
        }
    }

    /// The value of a field as a text to compare with; `None` if it is null.
    #[must_use]
    pub fn comparable_value(&self, object: &Object, name: &str) -> Option<String> {
        let field = object.field(name)?;
        match field.origin {
            FieldOrigin::Gsid => Some(self.gsid.clone()),
            FieldOrigin::Email => self.text(EMAIL).map(str::to_owned),
            _ => self.value(field).and_then(|value| comparable_text(field.kind, value)),
        }
    }

    /// The company that a relationship belongs to; `None` for other records.
    #[must_use]
    pub fn company_id(&self) -> Option<&str> {
        self.text(COMPANY_ID_CODE).filter(|_| self.object == object::RELATIONSHIP)
    }

    /// Whether the record exists as far as that depends on others: a relationship is deleted along
    /// with its company (contract: upsert#deleted-companies). `records` are the existing companies
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

/// The form in which a lookup compares a value: trimmed, a number as its text, an email as its key
/// (contract: lookups#comparing).
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

/// The approximate number of bytes that attributes take in memory: names, values and their
/// containers.
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

/// Bytes of an attribute besides its name and value, and of a text besides its characters.
const ATTRIBUTE_OVERHEAD_BYTES: usize = 80;
const TEXT_OVERHEAD_BYTES: usize = 24;

/// The storage code of a record's Name.
pub const NAME_CODE: &str = "nm";

/// The storage code of a relationship's Company_ID.
pub const COMPANY_ID_CODE: &str = "ci";

/// The storage code of a relationship's Relationship_Type_ID, also in associations.
pub const RELATIONSHIP_TYPE_CODE: &str = "rt";
