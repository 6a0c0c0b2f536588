//! Renders answers of data objects (contract: objects#answer-to-a-write).

use serde_json::{Value as Json, json};

use crate::json::{escaped_len_of_value, truncate_escaped};
use crate::limit;
use crate::objects::{ObjectFault, WrittenRecord};

/// The `data` of a success: an insert shows the GSIDs alone, an update also the fields that were
/// sent, unless the answer would be too large.
#[must_use]
pub fn render_written_records(records: Vec<WrittenRecord>) -> Json {
    let gsids = records.iter().map(|record| json!({ "Gsid": record.gsid })).collect();
    let echo = |WrittenRecord { mut sent, gsid, .. }: WrittenRecord| {
        sent.retain(|name, _| !name.eq_ignore_ascii_case("Gsid"));
        sent.insert("Gsid".to_owned(), gsid.into());
        Json::Object(sent)
    };
    let data =
        |records: Json, count: usize| json!({ "count": count, "errors": null, "records": records });
    let count = records.iter().map(|record| record.count).sum();
    let full = data(records.into_iter().map(echo).collect(), count);
    if escaped_len_of_value(&full) > limit::RESPONSE_BYTES_MAX { data(gsids, count) } else { full }
}

/// The `data` of a query.
#[must_use]
pub fn render_query_result(records: Vec<Json>) -> Json {
    json!({ "records": records })
}

/// The `data` of a delete.
#[must_use]
pub fn render_deleted_record(gsid: &str) -> Json {
    json!({ "count": 1, "errors": null, "records": [{ "Gsid": gsid }] })
}

/// The `data` of a refused batch: an entry per record, `[]` for a valid one. The refused values are
/// left out if the answer would be too large with them.
#[must_use]
pub fn render_refused_batch(faults: &[Vec<ObjectFault>]) -> Json {
    let full = render_errors(faults);
    if escaped_len_of_value(&full) <= limit::RESPONSE_BYTES_MAX {
        return full;
    }
    let bare = |fault: &ObjectFault| ObjectFault {
        field: truncate_escaped(&fault.field, limit::SHORT_NAME_BYTES_MAX),
        value: Json::Null,
        ..fault.clone()
    };
    let faults: Vec<Vec<_>> =
        faults.iter().map(|faults| faults.iter().map(bare).collect()).collect();
    render_errors(&faults)
}

fn render_errors(faults: &[Vec<ObjectFault>]) -> Json {
    let entry = |faults: &Vec<ObjectFault>| match faults.as_slice() {
        [] => json!([]),
        faults => json!([{
            "success": false,
            "parsedValue": null,
            "errors": faults.iter().map(ObjectFault::to_json).collect::<Vec<_>>(),
        }]),
    };
    json!({ "count": 0, "errors": faults.iter().map(entry).collect::<Vec<_>>(), "records": null })
}
