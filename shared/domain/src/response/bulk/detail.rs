//! `error.details` of a row: one entry per fault, keys that lack a part among them (contract:
//! bulk#details, contract: bulk#equal-null-keys, bulk#order-within-an-item).

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use super::{Done, Outcome};
use crate::code::Code;
use crate::fault::{Fault, marker};
use crate::json::cut_escaped;
use crate::limit;
use crate::people::plan::{Key, KeyPart, Planned};

/// Incomplete keys of a batch, as their messages show them.
pub type Seen = HashSet<String>;

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Detail {
    field: Option<String>,
    values: Option<Json>,
    message: String,
    code: &'static str,
    /// The values that a failed lookup searched for, by LookupField name.
    lookup: Option<Json>,
}

impl Detail {
    /// A fault as it is told.
    pub(super) fn of(fault: &Fault) -> Self {
        let Some(field) = fault.field.clone() else {
            return Self::new(fault.code, fault.message.clone());
        };
        if fault.code == Code::LookupNotResolved {
            let told = Self::new(Code::Gsid, Code::Gsid.message().to_owned());
            let values = Some(json!({ &field: marker(&field) }));
            return Self { field: Some(field), values, lookup: Some(sent(&fault.sought)), ..told };
        }
        let told = Self::new(fault.code, fault.message.clone());
        if fault.is_of_lookup() {
            let lookup = Some(sent(&fault.sought));
            return Self { field: Some(field), values: Some(json!({})), lookup, ..told };
        }
        let values = match fault.code {
            Code::KeyMissing => json!({ &field: fault.values }),
            _ => sent(&fault.values),
        };
        Self { field: Some(field), values: Some(values), ..told }
    }

    fn new(code: Code, message: String) -> Self {
        Self { field: None, values: None, message, code: code.as_str(), lookup: None }
    }

    /// The entry without the values that were refused or looked for; its texts are those of callers too.
    pub(super) fn shortened(&self) -> Self {
        let values = self.values.is_some().then(|| json!({}));
        let field = self.field.as_ref().map(|field| cut_escaped(field, limit::SHORT_NAME));
        let message = cut_escaped(&self.message, limit::SHORT_MESSAGE);
        Self { field, values, message, lookup: None, code: self.code }
    }

    pub(super) fn print(&self, with_nulls: bool) -> Json {
        let mut detail = Map::new();
        if with_nulls || self.field.is_some() {
            detail.insert("fieldName".to_owned(), self.field.clone().into());
            detail.insert("values".to_owned(), self.values.clone().unwrap_or_default());
        }
        let mut error = json!({ "message": self.message, "code": self.code });
        if let (Some(lookup), Some(error)) = (&self.lookup, error.as_object_mut()) {
            error.insert("lookup".to_owned(), lookup.clone());
        }
        detail.insert("errors".to_owned(), json!([error]));
        Json::Object(detail)
    }
}

/// Those that were sent: such members of an answer never hold nulls (contract:
/// jobs#which-parts-are-null).
fn sent(values: &Map<String, Json>) -> Json {
    let sent = values.iter().filter(|(_, value)| !value.is_null());
    sent.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// All entries of a row: the person, each company, each relationship.
pub(super) fn details(done: &Done<'_>, seen: &mut Seen) -> Vec<Detail> {
    let mut details = Vec::new();
    let mut parts: Vec<_> = done.plan.parts.iter().collect();
    parts.sort_by_key(|planned| planned.place);
    for planned in parts {
        match (&planned.key, done.outcome) {
            (None, Outcome::Refused { faults, .. }) => person(faults, seen, &mut details),
            (None, Outcome::Written { .. }) => {}
            (Some(key), outcome) => association(planned, key, outcome, seen, &mut details),
        }
    }
    details.truncate(limit::FAULTS);
    details
}

fn person(faults: &[Fault], seen: &mut Seen, details: &mut Vec<Detail>) {
    for fault in faults {
        details.push(Detail::of(fault));
        if fault.code == Code::KeyMissing {
            details.extend(repeated("{Email=null}".to_owned(), seen));
        }
    }
}

fn association(
    planned: &Planned,
    key: &Key,
    outcome: &Outcome<'_>,
    seen: &mut Seen,
    details: &mut Vec<Detail>,
) {
    details.extend(planned.repeated.iter().map(Detail::of));
    details.extend(planned.faults.iter().map(Detail::of));
    let person = match outcome {
        Outcome::Written { person, .. } => Some(person.gsid.as_str()),
        Outcome::Refused { .. } => None,
    };
    if person.is_some() && !key.any(|part| *part == KeyPart::Missing) {
        return;
    }
    // A key without its person says that alone (contract: bulk#missing-keys).
    let named = if person.is_some() { key.name() } else { "Person_ID" };
    let values = Map::from_iter(parts(key, person).filter_map(|(name, id)| Some((name, id?))));
    let message = format!("{} : {named}", Code::KeyMissing.message());
    details.push(Detail {
        field: Some(key.name().to_owned()),
        values: Some(json!({ key.name(): values })),
        ..Detail::new(Code::KeyMissing, message)
    });
    // A key with a lookup's marker takes no part in the comparison (contract:
    // bulk#batch-of-equal-keys).
    if !parts(key, person).any(|(_, id)| id.is_some_and(|id| id.is_object())) {
        let text = |id: Option<Json>| match id {
            Some(Json::String(id)) => id,
            Some(other) => other.to_string(),
            None => "null".to_owned(),
        };
        let parts: Vec<_> =
            parts(key, person).map(|(name, id)| format!("{name}={}", text(id))).collect();
        details.extend(repeated(format!("{{{}}}", parts.join(", ")), seen));
    }
}

/// The parts of a key in the order of its name.
fn parts(key: &Key, person: Option<&str>) -> impl Iterator<Item = (String, Option<Json>)> {
    let company = ("Company_ID", key.company.shown());
    let person = ("Person_ID", person.map(Json::from));
    let relationship =
        key.relationship.as_ref().map(|relationship| ("Relationship_ID", relationship.shown()));
    let parts = [Some(company), Some(person), relationship].into_iter().flatten();
    parts.map(|(name, id)| (name.to_owned(), id))
}

/// That a key with a null equals one before it.
fn repeated(key: String, seen: &mut Seen) -> Option<Detail> {
    let message = format!("{} : {key}", Code::KeyTaken.message());
    (!seen.insert(key)).then(|| Detail::new(Code::KeyTaken, message))
}
