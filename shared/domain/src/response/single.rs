//! Renders the answer to one upserted person (contract: upsert#success-of-one-person,
//! upsert#failed-single-put).

use serde_json::{Value as Json, json};

use crate::fault::Fault;
use crate::limit;

/// The `data` of a success.
#[must_use]
pub fn render_success(gsid: &str) -> Json {
    json!({ "status": "SUCCESS", "personGsid": gsid })
}

/// The `data` of a failure: one error per field, code and message, in order of first
/// appearance, with an `invalidValue` per failing item (contract: upsert#one-error-per-fault).
#[must_use]
pub fn render_failure(faults: &[Fault]) -> Json {
    let mut groups: Vec<(&Fault, Vec<Json>)> = Vec::new();
    for fault in faults.iter().take(limit::ROW_FAULTS_MAX) {
        let same = |known: &Fault| {
            (&known.field, known.code, &known.message) == (&fault.field, fault.code, &fault.message)
        };
        // A fault of the row as a whole has no value.
        let value = fault.field.is_some().then(|| Json::Object(fault.values.clone()));
        match groups.iter_mut().find(|(known, _)| same(known)) {
            Some((_, values)) => values.extend(value),
            None => groups.push((fault, value.into_iter().collect())),
        }
    }
    let error = |(fault, values): (&Fault, Vec<Json>)| {
        json!({
            "field": fault.field,
            "invalidValue": values,
            "errorCode": fault.code.as_str(),
            "errorMessage": fault.message,
        })
    };
    json!({ "status": "FAILURE", "errors": groups.into_iter().map(error).collect::<Vec<_>>() })
}
