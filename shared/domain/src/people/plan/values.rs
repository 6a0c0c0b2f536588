//! A part's values as they are written: lookups and dropdown ids resolved.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::code::Code;
use crate::fault::{Fault, Place, marker};
use crate::ids::gsid;
use crate::lookup::{MultiMatch, NoMatch};
use crate::objects::record::Record;
use crate::people::need::Known;
use crate::people::row::{Part, Pending, part_texts};
use crate::people::{EMAIL, EMAIL_AS_SENT};
use crate::schema::metadata::{Field, Source};
use crate::values::{self, Value};

/// A part's values.
#[derive(Default)]
pub(crate) struct Values {
    /// By storage code; `None` clears.
    pub(crate) stored: Stored,
    /// What lookups put into fields, by name, as an answer shows it.
    pub(crate) resolved: Vec<(String, Json)>,
}

/// Values by storage code; `None` clears.
pub(crate) type Stored = Vec<(String, Option<Value>)>;

/// A part's values, lookups and dropdown ids resolved; what is wrong with it is added to `faults`.
pub(crate) fn values(part: &Part<'_>, known: &Known, faults: &mut Vec<Fault>) -> Values {
    faults.extend(part.faults.iter().cloned());
    let mut values = Values::default();
    for (field, value) in &part.values {
        match (field.code(), dropdown(part, field, value, known)) {
            (Some(code), Ok(value)) => values.stored.push((code.to_owned(), value)),
            (_, Err(fault)) => faults.push(*fault),
            (None, _) => {}
        }
    }
    for pending in &part.pending {
        let Some((code, field)) = pending.field.and_then(|field| Some((field.code()?, field)))
        else {
            continue;
        };
        let found = match resolve(part.place, pending, known, faults) {
            Ok(found) => found,
            Err(failed) => {
                let shown = failed.shown(&field.name);
                values.resolved.extend(shown.map(|shown| (field.name.clone(), shown)));
                continue;
            }
        };
        match taken(field, pending, found.as_deref()) {
            Ok(value) => {
                let shown =
                    value.as_ref().map_or(Json::Null, |value| values::print(field.kind, value));
                values.resolved.push((field.name.clone(), shown));
                values.stored.retain(|(known, _)| known != code);
                values.stored.push((code.to_owned(), value));
            }
            Err(fault_code) => {
                faults.push(Fault::field(part.place, &field.name, Json::Null, fault_code));
            }
        }
    }
    values
}

/// Why a lookup has no record; a fault says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookupFailure {
    /// None, or several where one is wanted.
    NotFound,
    /// It would have to read more than a call may.
    NotSearched,
}

impl LookupFailure {
    /// The value that an answer shows in place of the record.
    pub(super) fn shown(self, field: &str) -> Option<Json> {
        match self {
            Self::NotFound => Some(marker(field)),
            Self::NotSearched => None,
        }
    }
}

/// The record that a lookup takes; none when its options let it be null.
pub(super) fn resolve(
    place: Place,
    pending: &Pending<'_>,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Result<Option<Arc<Record>>, LookupFailure> {
    if let Some(told) = pending.query.as_ref().and_then(|query| known.too_much.get(query)) {
        faults.push(pending.unanswered(place, told));
        return Err(LookupFailure::NotSearched);
    }
    let matches = pending.query.as_ref().and_then(|query| known.matches.get(query));
    let fault = match matches.map_or(&[][..], Vec::as_slice) {
        [_, _, ..] if pending.several == MultiMatch::Error => Some(pending.failed(place)),
        [first, ..] => return Ok(Some(first.clone())),
        [] => pending.unresolved(place),
    };
    let Some(fault) = fault else { return Ok(None) };
    faults.push(fault);
    Err(LookupFailure::NotFound)
}

/// A dropdown value as its labels: an item's GSID is exchanged for its label.
fn dropdown(
    part: &Part<'_>,
    field: &Field,
    value: &Option<Value>,
    known: &Known,
) -> Result<Option<Value>, Box<Fault>> {
    if field.category.is_none() {
        return Ok(value.clone());
    }
    let label = |text: &String| match gsid::is_dropdown_item(text) {
        true => known.items.get(text).map(|label| label.to_string()),
        false => Some(text.clone()).filter(|label| !field.closed || !is_new(field, label, known)),
    };
    let labels: Option<Vec<_>> = part_texts(value.as_ref()).iter().map(label).collect();
    match (labels, value) {
        (None, _) => {
            let sent = part.as_sent(&field.name).cloned().unwrap_or_default();
            Err(Box::new(Fault::field(part.place, &field.name, sent, Code::PicklistItem)))
        }
        (Some(labels), Some(Value::List(_))) => Ok(Some(Value::List(labels))),
        (Some(labels), _) => Ok(labels.into_iter().next().map(Value::Text)),
    }
}

/// Whether the field's category does not have the label yet.
fn is_new(field: &Field, label: &str, known: &Known) -> bool {
    known
        .new_labels
        .iter()
        .any(|(category, new)| Some(category) == field.category.as_ref() && new == label)
}

/// What a lookup puts into an ordinary field: a value that the field itself would take.
fn taken(
    field: &Field,
    pending: &Pending<'_>,
    found: Option<&Record>,
) -> Result<Option<Value>, Code> {
    let Some(record) = found else {
        let default = field.default_now().filter(|_| pending.none == NoMatch::Default);
        return Ok(default.cloned());
    };
    let sent = match pending.take.source {
        Source::Gsid => record.gsid.as_str().into(),
        Source::Email => record.text(EMAIL_AS_SENT).or_else(|| record.text(EMAIL)).into(),
        _ => record
            .value(pending.take)
            .map_or(Json::Null, |taken| values::print(pending.take.kind, taken)),
    };
    values::parse(field.kind, field.max_length, &sent)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::ids::mint::Mint;
    use crate::lookup::Lookups;
    use crate::people::need::{Known, Needs};
    use crate::people::plan;
    use crate::people::row;
    use crate::response::single;
    use crate::schema::metadata::Metadata;

    /// Only what needs the search fails, and it names what was looked for.
    #[test]
    fn a_search_that_reads_too_much_is_a_fault_of_its_association() {
        let metadata = Metadata::new(false, &[]);
        let mint = Mint::new(&[1; 32], "QNK6ENCURXXDZW").unwrap();
        let lookups = json!({ "companies": { "Company_ID": { "fields": { "S": "Stage" } } } });
        let raw = json!({ "Email": "a@abc.com", "companies": [{ "S": "x" }], "lookups": lookups });
        let row = row::parse(&raw, &Lookups::default(), &metadata);
        let mut needs = Needs::default();
        row.add_needs(&mut needs);
        let told = |query| (query, "index Stage".to_owned());
        let too_much = needs.queries.into_iter().map(told).collect();
        let plan = plan::plan(&row, &Known { too_much, ..Known::default() }, &mint);
        assert!(plan.person_is_sound());
        let expected = json!({ "status": "FAILURE", "errors": [{ "field": "Company_ID",
            "invalidValue": [{ "Stage": "x" }], "errorCode": "GSOBJ_VCRUDR1001",
            "errorMessage": "index Stage" }] });
        assert_eq!(single::failure(&plan.faults()), expected);
    }
}
