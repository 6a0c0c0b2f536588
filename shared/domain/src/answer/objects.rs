//! The answers of data objects (contract 12).

use serde_json::{Map, Value as Json, json};

use crate::objects::ObjectFault;

/// The `data` of a success: an insert shows the GSIDs alone, an update what was sent as well.
#[must_use]
pub fn written(records: Vec<(Map<String, Json>, String)>) -> Json {
    let show = |(mut sent, gsid): (Map<String, Json>, String)| {
        sent.retain(|name, _| !name.eq_ignore_ascii_case("Gsid"));
        sent.insert("Gsid".to_owned(), gsid.into());
        Json::Object(sent)
    };
    let records: Vec<_> = records.into_iter().map(show).collect();
    json!({ "count": records.len(), "errors": null, "records": records })
}

/// The `data` of a query.
#[must_use]
pub fn found(records: Vec<Json>) -> Json {
    json!({ "records": records })
}

/// The `data` of a delete.
#[must_use]
pub fn deleted(gsid: &str) -> Json {
    json!({ "count": 1, "errors": null, "records": [{ "Gsid": gsid }] })
}

/// The `data` of a refused batch: an entry per record, `[]` for a good one.
#[must_use]
pub fn refused(faults: &[Vec<ObjectFault>]) -> Json {
    let entry = |faults: &Vec<ObjectFault>| match faults.as_slice() {
        [] => json!([]),
        faults => json!([{
            "success": false,
            "parsedValue": null,
            "errors": faults.iter().map(ObjectFault::print).collect::<Vec<_>>(),
        }]),
    };
    json!({ "count": 0, "errors": faults.iter().map(entry).collect::<Vec<_>>(), "records": null })
}
