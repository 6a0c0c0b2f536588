//! Plans a parsed record: its write, or the faults that keep the whole batch from being written
//! (contract: objects#insert-and-update).

use std::sync::Arc;

use serde_json::Value as Json;

use super::{ObjectCode, ObjectFault, ObjectRow};
use crate::fault::{Fault, RowPath, truncate_value};
use crate::objects::record::Record;
use crate::people::needs::Known;
use crate::people::plan;
use crate::schema::metadata::object;
use crate::values::Value;

/// The fields of one record, by storage code; `None` clears.
#[derive(Debug, Clone, Default)]
pub struct ObjectWrite {
    pub values: Vec<(String, Option<Value>)>,
}

impl ObjectWrite {
    /// The approximate number of bytes to store.
    #[must_use]
    pub fn estimated_bytes(&self) -> usize {
        let value = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::List(list) => list.iter().map(String::len).sum(),
            Value::Bool(_) | Value::Number(_) => 20,
        };
        self.values.iter().map(|(code, stored)| code.len() + stored.as_ref().map_or(1, value)).sum()
    }
}

/// A planned record.
#[derive(Debug)]
pub struct ObjectPlan {
    pub write: ObjectWrite,
    /// The records that an update changes, by creation.
    pub targets: Vec<Arc<Record>>,
    pub faults: Vec<ObjectFault>,
}

/// Plans an insert, which must set all required fields.
#[must_use]
pub fn plan_insert(row: &ObjectRow<'_>, known: &Known) -> ObjectPlan {
    let mut planned = plan_record(row, known);
    for field in row.part.object.fields().iter().filter(|field| field.required) {
        let mut values = planned.write.values.iter();
        let sent = values.find(|(code, _)| Some(code.as_str()) == field.code());
        let is_missing = match sent {
            Some((_, value)) => value.is_none(),
            None => field.default_now().is_none(),
        };
        if is_missing && !planned.faults.iter().any(|fault| fault.field == field.name) {
            planned.faults.push(required_field_fault(&field.name));
        }
    }
    // Without this, an object without required fields would accept any JSON value as an empty
    // record.
    if let Some(raw) = row.not_an_object.filter(|_| planned.faults.is_empty()) {
        let (code, field) = (ObjectCode::Invalid, "records".to_owned());
        planned.faults.push(ObjectFault { code, field, value: truncate_value(raw.clone()) });
    }
    planned
}

/// Plans an update of the records that match `keys`; it must not clear a required field.
#[must_use]
pub fn plan_update(row: &ObjectRow<'_>, keys: &[String], known: &Known) -> ObjectPlan {
    let mut planned = plan_record(row, known);
    for field in row.part.object.fields().iter().filter(|field| field.required) {
        let cleared = |(code, value): &(String, Option<Value>)| {
            Some(code.as_str()) == field.code() && value.is_none()
        };
        if planned.write.values.iter().any(cleared) {
            planned.faults.push(required_field_fault(&field.name));
        }
    }
    planned.targets = row
        .key_query(keys, known)
        .and_then(|query| known.matches.get(&query).cloned())
        .unwrap_or_default();
    if planned.faults.is_empty() && planned.targets.is_empty() {
        let field = keys.join(",");
        planned.faults.push(ObjectFault { code: ObjectCode::NoMatch, field, value: Json::Null });
    }
    planned
}

fn required_field_fault(field: &str) -> ObjectFault {
    ObjectFault { code: ObjectCode::Required, field: field.to_owned(), value: Json::Null }
}

fn plan_record(row: &ObjectRow<'_>, known: &Known) -> ObjectPlan {
    let mut faults = Vec::new();
    let values = plan::resolve_values(&row.part, known, &mut faults).stored;
    let object = row.part.object;
    let mut faults: Vec<_> =
        faults.iter().map(|fault: &Fault| ObjectFault::from_fault(fault, object)).collect();
    if let Some(id) = row.company_id().filter(|id| known.record(object::COMPANY, id).is_none()) {
        let fault = Fault::invalid_field(
            RowPath::Person,
            "Company_ID",
            id.into(),
            crate::code::Code::PeopleNotFound,
        );
        faults.push(ObjectFault::from_fault(&fault, object));
    }
    ObjectPlan { write: ObjectWrite { values }, targets: Vec::new(), faults }
}
