//! Builds `error.details` of a row's answer: one entry per fault, and entries for incomplete keys
//! (contract: bulk#details, bulk#equal-null-keys, bulk#order-within-an-item).

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use crate::code::Code;
use crate::fault::{Fault, lookup_error_marker};
use crate::json::truncate_escaped;
use crate::limit;
use crate::people::outcome::RowOutcome;
use crate::people::plan::{AssociationKey, KeyPart, PlannedPart, RowPlan};

/// Incomplete keys of the batch so far, as their messages show them.
pub type SeenKeys = HashSet<String>;

/// One entry of `error.details`.
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
    pub(super) fn from_fault(fault: &Fault) -> Self {
        let message = || Self::new(fault.code, fault.message.clone());
        let Some(field) = fault.field.clone() else { return message() };
        if fault.code == Code::LookupNotResolved {
            return Self {
                values: Some(json!({ &field: lookup_error_marker(&field) })),
                field: Some(field),
                lookup: Some(remove_nulls(&fault.searched_values)),
                ..Self::new(Code::Gsid, Code::Gsid.message().to_owned())
            };
        }
        if fault.is_lookup_failure() {
            let lookup = Some(remove_nulls(&fault.searched_values));
            return Self { field: Some(field), values: Some(json!({})), lookup, ..message() };
        }
        let values = match fault.code {
            Code::KeyMissing => json!({ &field: fault.values }),
            _ => remove_nulls(&fault.values),
        };
        Self { field: Some(field), values: Some(values), ..message() }
    }

    fn new(code: Code, message: String) -> Self {
        Self { field: None, values: None, message, code: code.as_str(), lookup: None }
    }

    /// The entry without the values that were refused or searched for, its texts truncated: they
    /// may hold texts of callers too.
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

/// The values without nulls, which these members of an answer never hold (contract:
/// jobs#which-parts-are-null).
fn remove_nulls(values: &Map<String, Json>) -> Json {
    let sent = values.iter().filter(|(_, value)| !value.is_null());
    sent.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// All entries of a row: the person, each company, each relationship.
pub(super) fn collect_details(
    plan: &RowPlan,
    outcome: &RowOutcome,
    seen_keys: &mut SeenKeys,
) -> Vec<ErrorDetail> {
    let mut details = Vec::new();
    let person = match outcome {
        RowOutcome::Written(upserted) => Some(upserted.person.gsid.as_str()),
        RowOutcome::Refused { faults, .. } => {
            add_person_details(faults, seen_keys, &mut details);
            None
        }
    };
    let mut associations: Vec<_> = plan.associations().collect();
    associations.sort_by_key(|planned| planned.path);
    for planned in associations {
        add_association_details(planned, person, seen_keys, &mut details);
    }
    details.truncate(limit::ROW_FAULTS_MAX);
    details
}

fn add_person_details(faults: &[Fault], seen_keys: &mut SeenKeys, details: &mut Vec<ErrorDetail>) {
    for fault in faults {
        details.push(ErrorDetail::from_fault(fault));
        if fault.code == Code::KeyMissing {
            details.extend(check_repeated_key("{Email=null}".to_owned(), seen_keys));
        }
    }
}

/// Adds the entries of an association; `person` is the GSID of a written person.
fn add_association_details(
    planned: &PlannedPart,
    person: Option<&str>,
    seen_keys: &mut SeenKeys,
    details: &mut Vec<ErrorDetail>,
) {
    details.extend(planned.parent_faults.iter().map(ErrorDetail::from_fault));
    details.extend(planned.faults.iter().map(ErrorDetail::from_fault));
    let Some(key) = &planned.key else { return };
    if person.is_some() && !key.any_part(|part| *part == KeyPart::Missing) {
        return;
    }
    // The message of a key without its person names the person alone (contract:
    // bulk#missing-keys).
    let missing = if person.is_some() { key.name() } else { "Person_ID" };
    let values =
        Map::from_iter(list_key_values(key, person).filter_map(|(name, id)| Some((name, id?))));
    let message = format!("{} : {missing}", Code::KeyMissing.message());
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
        details.extend(check_repeated_key(format!("{{{}}}", parts.join(", ")), seen_keys));
    }
}

/// The ids of a key in the order of its name.
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

/// The entry for an incomplete key that equals an earlier one of the batch.
fn check_repeated_key(key: String, seen_keys: &mut SeenKeys) -> Option<ErrorDetail> {
    let message = format!("{} : {key}", Code::KeyTaken.message());
    (!seen_keys.insert(key)).then(|| ErrorDetail::new(Code::KeyTaken, message))
}
