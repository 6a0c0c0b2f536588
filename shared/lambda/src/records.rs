//! The request of a batch: its records, and the lookups that apply to all of them (contract:
//! lookups#where-lookups-stand, bulk#bulk-batch).

use people_domain::limit;
use people_domain::lookup::{self, Lookups};
use serde_json::{Map, Value as Json};

use crate::{ApiError, Result};

/// Parses `{"records":[…], …}` and returns the records, and the body for its other members.
pub fn parse_records(body: &Json) -> Result<(&[Json], &Map<String, Json>)> {
    let wrong_shape = || ApiError::bad_request("The body takes {\"records\":[…]}");
    let body = body.as_object().ok_or_else(wrong_shape)?;
    let records =
        lookup::get_member(body, "records").and_then(Json::as_array).ok_or_else(wrong_shape)?;
    let (count, max) = (records.len(), limit::BATCH_RECORDS_MAX);
    match count {
        1..=limit::BATCH_RECORDS_MAX => Ok((records, body)),
        _ => Err(ApiError::bad_request(format!("A call takes 1 to {max} records, not {count}"))),
    }
}

/// A batch of people. Its lookups apply to all of its records.
#[derive(Debug)]
pub struct PeopleBatch<'b> {
    /// 1 to 50 records.
    pub records: &'b [Json],
    pub lookups: Lookups,
}

impl<'b> PeopleBatch<'b> {
    /// Parses `{"records":[…], "lookups"?}`.
    pub fn parse(body: &'b Json) -> Result<Self> {
        let (records, body) = parse_records(body)?;
        let lookups = match lookup::get_member(body, "lookups") {
            None | Some(Json::Null) => Lookups::default(),
            Some(raw) => {
                Lookups::parse(raw).ok_or_else(|| ApiError::bad_request(LOOKUPS_SHAPE_MESSAGE))?
            }
        };
        Ok(Self { records, lookups })
    }
}

const LOOKUPS_SHAPE_MESSAGE: &str = "lookups takes {\"companies\":{\"Company_ID\":{\"fields\":{\"Source\":\"LookupField\"}}}}, \
                     and relationships and person likewise";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_has_1_to_50_records() {
        let batch = |count: usize| json!({ "Records": vec![json!({}); count], "lookups": null });
        for (body, is_valid) in [
            (batch(1), true),
            (batch(50), true),
            (batch(0), false),
            (batch(51), false),
            (json!([{}]), false),
            (json!({ "records": {} }), false),
            (json!({ "records": [{}], "lookups": [] }), false),
            (json!({ "records": [null], "lookups": {} }), true),
        ] {
            assert_eq!(PeopleBatch::parse(&body).is_ok(), is_valid, "{body}");
        }
    }
}
