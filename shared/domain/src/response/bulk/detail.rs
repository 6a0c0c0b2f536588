//! `error.details` of a row: one entry per fault, keys that lack a part among them (contract:
//! bulk#details, contract: bulk#equal-null-keys, bulk#order-within-an-item).

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use super::{FinishedRow, RowOutcome};
use crate::code::Code;
use crate::fault::{Fault, lookup_error_marker};
use crate::json::truncate_escaped;
use crate::limit;
use crate::people::plan::{AssociationKey, KeyPart, PlannedPart};

/// Incomplete keys of a batch, as their messages show them.
pub type SeenKeys = HashSet<String>;

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct ErrorDetail {
    field: Option<String>,
    values: Option<Json>,
    message: String,
    code: &'static str,
    /// The values that a failed lookup searched for, by LookupField name.
    lookup: Option<Json>,
}

impl ErrorDetail {
    /// A fault as it is told.
    pub(super) fn from_fault(fault: &Fault) -> Self {
        let Some(field) = fault.field.clone() else {
            return Self::new(fault.code, fault.message.clone());
        };
        if fault.code == Code::LookupNotResolved {
            let told = Self::new(Code::Gsid, Code::Gsid.message().to_owned());
            let values = Some(json!({ &field: lookup_error_marker(&field) }));
            return Self {
                field: Some(field),
                values,
                lookup: Some(remove_nulls(&fault.searched_values)),
                ..told
            };
        }
        let told = Self::new(fault.code, fault.message.clone());
        if fault.is_lookup_failure() {
            let lookup = Some(remove_nulls(&fault.searched_values));
            return Self { field: Some(field), values: Some(json!({})), lookup, ..told };
        }
        let values = match fault.code {
            Code::KeyMissing => json!({ &field: fault.values }),
            _ => remove_nulls(&fault.values),
        };
        Self { field: Some(field), values: Some(values), ..told }
    }

    fn new(code: Code, message: String) -> Self {
        Self { field: None, values: None, message, code: code.as_str(), lookup: None }
    }

    /// The entry without the values that were refused or looked for; its texts are those of callers too.
    pub(super) fn without_values(&self) -> Self {
        let values = self.values.is_some().then(|| json!({}));
        let field =
            self.field.as_ref().map(|field| truncate_escaped(field, limit::SHORT_NAME_BYTES_MAX));
        let message = truncate_escaped(&self.message, limit::SHORT_MESSAGE_BYTES_MAX);
        Self { field, values, message, lookup: None, code: self.code }
    }

    pub(super) fn to_json(&self, with_nulls: bool) -> Json {
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
fn remove_nulls(values: &Map<String, Json>) -> Json {
    let sent = values.iter().filter(|(_, value)| !value.is_null());
    sent.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// All entries of a row: the person, each company, each relationship.
pub(super) fn collect_details(done: &FinishedRow<'_>, seen: &mut SeenKeys) -> Vec<ErrorDetail> {
    let mut details = Vec::new();
    let mut parts: Vec<_> = done.plan.parts.iter().collect();
    parts.sort_by_key(|planned| planned.path);
    for planned in parts {
        match (&planned.key, done.outcome) {
            (None, RowOutcome::Refused { faults, .. }) => {
                add_person_details(faults, seen, &mut details)
            }
            (None, RowOutcome::Written { .. }) => {}
            (Some(key), outcome) => {
                add_association_details(planned, key, outcome, seen, &mut details)
            }
        }
    }
    details.truncate(limit::ROW_FAULTS_MAX);
    details
}

fn add_person_details(faults: &[Fault], seen: &mut SeenKeys, details: &mut Vec<ErrorDetail>) {
    for fault in faults {
        details.push(ErrorDetail::from_fault(fault));
        if fault.code == Code::KeyMissing {
            details.extend(check_repeated_key("{Email=null}".to_owned(), seen));
        }
    }
}

fn add_association_details(
    planned: &PlannedPart,
    key: &AssociationKey,
    outcome: &RowOutcome<'_>,
    seen: &mut SeenKeys,
    details: &mut Vec<ErrorDetail>,
) {
    details.extend(planned.parent_faults.iter().map(ErrorDetail::from_fault));
    details.extend(planned.faults.iter().map(ErrorDetail::from_fault));
    let person = match outcome {
        RowOutcome::Written { person, .. } => Some(person.gsid.as_str()),
        RowOutcome::Refused { .. } => None,
    };
    if person.is_some() && !key.any_part(|part| *part == KeyPart::Missing) {
        return;
    }
    // A key without its person says that alone (contract: bulk#missing-keys).
    let named = if person.is_some() { key.name() } else { "Person_ID" };
    let values =
        Map::from_iter(list_key_values(key, person).filter_map(|(name, id)| Some((name, id?))));
    let message = format!("{} : {named}", Code::KeyMissing.message());
    details.push(ErrorDetail {
        field: Some(key.name().to_owned()),
        values: Some(json!({ key.name(): values })),
        ..ErrorDetail::new(Code::KeyMissing, message)
    });
    // A key with a lookup's marker takes no part in the comparison (contract:
    // bulk#batch-of-equal-keys).
    if !list_key_values(key, person).any(|(_, id)| id.is_some_and(|id| id.is_object())) {
        let text = |id: Option<Json>| match id {
            Some(Json::String(id)) => id,
            Some(other) => other.to_string(),
            None => "null".to_owned(),
        };
        let parts: Vec<_> =
            list_key_values(key, person).map(|(name, id)| format!("{name}={}", text(id))).collect();
        details.extend(check_repeated_key(format!("{{{}}}", parts.join(", ")), seen));
    }
}

/// The parts of a key in the order of its name.
fn list_key_values(
    key: &AssociationKey,
    person: Option<&str>,
) -> impl Iterator<Item = (String, Option<Json>)> {
    let company = ("Company_ID", key.company.to_json());
    let person = ("Person_ID", person.map(Json::from));
    let relationship =
        key.relationship.as_ref().map(|relationship| ("Relationship_ID", relationship.to_json()));
    let parts = [Some(company), Some(person), relationship].into_iter().flatten();
    parts.map(|(name, id)| (name.to_owned(), id))
}

/// That a key with a null equals one before it.
fn check_repeated_key(key: String, seen: &mut SeenKeys) -> Option<ErrorDetail> {
    let message = format!("{} : {key}", Code::KeyTaken.message());
    (!seen.insert(key)).then(|| ErrorDetail::new(Code::KeyTaken, message))
}
