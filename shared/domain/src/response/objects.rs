//! The answers of data objects (contract: objects#answer-to-a-write).

use serde_json::{Value as Json, json};

use crate::json::{escaped_len_of_value, truncate_escaped};
use crate::limit;
use crate::objects::{ObjectFault, WrittenRecord};

/// The `data` of a success: an insert shows the GSIDs alone, an update what was sent as well, unless
/// that would be larger than an answer may be.
#[must_use]
pub fn render_written_records(records: Vec<WrittenRecord>) -> Json {
    let gsids = records.iter().map(|record| json!({ "Gsid": record.gsid })).collect();
    let show = |WrittenRecord { mut sent, gsid, .. }: WrittenRecord| {
        sent.retain(|name, _| !name.eq_ignore_ascii_case("Gsid"));
        sent.insert("Gsid".to_owned(), gsid.into());
        Json::Object(sent)
    };
    let data =
        |records: Json, count: usize| json!({ "count": count, "errors": null, "records": records });
    let count = records.iter().map(|record| record.count).sum();
    let whole = data(records.into_iter().map(show).collect(), count);
    match escaped_len_of_value(&whole) > limit::RESPONSE_BYTES_MAX {
        true => data(gsids, count),
        false => whole,
    }
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

/// The `data` of a refused batch: an entry per record, `[]` for a good one. The refused values are
/// left out where the answer would be too large with them.
#[must_use]
pub fn render_refused_batch(faults: &[Vec<ObjectFault>]) -> Json {
    let whole = render_errors(faults);
    if escaped_len_of_value(&whole) <= limit::RESPONSE_BYTES_MAX {
        return whole;
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
