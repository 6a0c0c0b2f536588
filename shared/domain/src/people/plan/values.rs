//! Resolves the values of a part: lookups and dropdown ids.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::code::Code;
use crate::fault::{Fault, RowPath, lookup_error_marker};
use crate::ids::gsid;
use crate::lookup::{MultiMatch, NoMatch};
use crate::objects::record::Record;
use crate::people::needs::Known;
use crate::people::row::{PendingLookup, RowPart, picklist_texts};
use crate::people::{EMAIL, EMAIL_AS_SENT};
use crate::schema::metadata::{Field, FieldOrigin};
use crate::values::{self, Value};

/// The resolved values of a part.
#[derive(Default)]
pub(crate) struct ResolvedValues {
    /// The values to store, by storage code; `None` clears.
    pub(crate) stored: StoredValues,
    /// The values that lookups put into fields, by name, as an answer shows them.
    pub(crate) resolved: Vec<(String, Json)>,
}

/// Values by storage code; `None` clears.
pub(crate) type StoredValues = Vec<(String, Option<Value>)>;

/// Resolves the values of a part; its faults are added to `faults`.
pub(crate) fn resolve_values(
    part: &RowPart<'_>,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> ResolvedValues {
    faults.extend(part.faults.iter().cloned());
    let mut values = ResolvedValues::default();
    for (field, value) in &part.values {
        match (field.code(), resolve_dropdown(part, field, value, known)) {
            (Some(code), Ok(value)) => values.stored.push((code.to_owned(), value)),
            (_, Err(fault)) => faults.push(*fault),
            (None, _) => {}
        }
    }
    for lookup in &part.pending_lookups {
        let Some((code, field)) = lookup.field.and_then(|field| Some((field.code()?, field)))
        else {
            continue;
        };
        let found = match resolve_lookup(part.path, lookup, known, faults) {
            Ok(found) => found,
            Err(failed) => {
                let json = failed.to_json(&field.name);
                values.resolved.extend(json.map(|json| (field.name.clone(), json)));
                continue;
            }
        };
        match take_lookup_value(field, lookup, found.as_deref()) {
            Ok(value) => {
                let json =
                    value.as_ref().map_or(Json::Null, |value| values::to_json(field.kind, value));
                values.resolved.push((field.name.clone(), json));
                values.stored.retain(|(known, _)| known != code);
                values.stored.push((code.to_owned(), value));
            }
            Err(fault_code) => {
                faults.push(Fault::invalid_field(part.path, &field.name, Json::Null, fault_code));
            }
        }
    }
    values
}

/// Why a lookup has no record; a fault holds the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookupFailure {
    /// There was no match, or several where one is required.
    NotFound,
    /// The search would exceed the read limit of a call.
    NotSearched,
}

impl LookupFailure {
    /// The value that an answer shows in place of the record.
    pub(super) fn to_json(self, field: &str) -> Option<Json> {
        match self {
            Self::NotFound => Some(lookup_error_marker(field)),
            Self::NotSearched => None,
        }
    }
}

/// The record that a lookup takes; `None` if there is none and its options allow that.
pub(super) fn resolve_lookup(
    path: RowPath,
    lookup: &PendingLookup<'_>,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Result<Option<Arc<Record>>, LookupFailure> {
    if let Some(remedy) = lookup.query.as_ref().and_then(|query| known.over_read_limit.get(query)) {
        faults.push(lookup.unsearched_fault(path, remedy));
        return Err(LookupFailure::NotSearched);
    }
    let matches = lookup.query.as_ref().and_then(|query| known.matches.get(query));
    let fault = match matches.map_or(&[][..], Vec::as_slice) {
        [_, _, ..] if lookup.on_multiple == MultiMatch::Error => Some(lookup.lookup_fault(path)),
        [first, ..] => return Ok(Some(first.clone())),
        [] => lookup.unresolved_fault(path),
    };
    let Some(fault) = fault else { return Ok(None) };
    faults.push(fault);
    Err(LookupFailure::NotFound)
}

/// A dropdown value with the GSIDs of items replaced by their labels.
fn resolve_dropdown(
    part: &RowPart<'_>,
    field: &Field,
    value: &Option<Value>,
    known: &Known,
) -> Result<Option<Value>, Box<Fault>> {
    if field.category.is_none() {
        return Ok(value.clone());
    }
    let label = |text: &String| {
        if gsid::is_dropdown_item(text) {
            known.items.get(text).map(|label| label.to_string())
        } else {
            Some(text.clone()).filter(|label| !field.closed || !is_new_label(field, label, known))
        }
    };
    let labels: Option<Vec<_>> = picklist_texts(value.as_ref()).iter().map(label).collect();
    match (labels, value) {
        (None, _) => {
            let sent = part.as_sent(&field.name).cloned().unwrap_or_default();
            Err(Box::new(Fault::invalid_field(part.path, &field.name, sent, Code::PicklistItem)))
        }
        (Some(labels), Some(Value::List(_))) => Ok(Some(Value::List(labels))),
        (Some(labels), _) => Ok(labels.into_iter().next().map(Value::Text)),
    }
}

/// Whether the field's category lacks the label.
fn is_new_label(field: &Field, label: &str, known: &Known) -> bool {
    known
        .new_labels
        .iter()
        .any(|(category, new)| Some(category) == field.category.as_ref() && new == label)
}

/// The value that a lookup puts into an ordinary field; it must be valid for the field.
fn take_lookup_value(
    field: &Field,
    lookup: &PendingLookup<'_>,
    found: Option<&Record>,
) -> Result<Option<Value>, Code> {
    let Some(record) = found else {
        let default = field.default_now().filter(|_| lookup.on_no_match == NoMatch::Default);
        return Ok(default.cloned());
    };
    let sent = match lookup.value_field.origin {
        FieldOrigin::Gsid => record.gsid.as_str().into(),
        FieldOrigin::Email => record.text(EMAIL_AS_SENT).or_else(|| record.text(EMAIL)).into(),
        _ => record
            .value(lookup.value_field)
            .map_or(Json::Null, |taken| values::to_json(lookup.value_field.kind, taken)),
    };
    values::parse(field.kind, field.max_length, &sent)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::ids::tenant_ids::TenantIds;
    use crate::lookup::Lookups;
    use crate::people::needs::{Known, Needs};
    use crate::people::plan;
    use crate::people::row;
    use crate::response::single;
    use crate::schema::metadata::Metadata;

    /// Only the association that needs the search fails, and its fault names the searched values.
    #[test]
    fn a_search_that_reads_too_much_is_a_fault_of_its_association() {
        let metadata = Metadata::new(false, &[]);
        let tenant_ids = TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap();
        let lookups = json!({ "companies": { "Company_ID": { "fields": { "S": "Stage" } } } });
        let raw = json!({ "Email": "a@abc.com", "companies": [{ "S": "x" }], "lookups": lookups });
        let row = row::parse(&raw, &Lookups::default(), &metadata);
        let mut needs = Needs::default();
        row.add_needs(&mut needs);
        let remedy = |query| (query, "index Stage".to_owned());
        let too_much = needs.queries.into_iter().map(remedy).collect();
        let plan = plan::plan_row(
            &row,
            &Known { over_read_limit: too_much, ..Known::default() },
            &tenant_ids,
        );
        assert!(plan.person_is_valid());
        let expected = json!({ "status": "FAILURE", "errors": [{ "field": "Company_ID",
            "invalidValue": [{ "Stage": "x" }], "errorCode": "GSOBJ_VCRUDR1001",
            "errorMessage": "index Stage" }] });
        assert_eq!(single::render_failure(&plan.faults()), expected);
    }
}
