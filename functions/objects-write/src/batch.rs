//! The request of a batch: records, lookups and keys.

use people_lambda::domain::limit;
use people_lambda::domain::lookup::{self, Lookup};
use people_lambda::{ApiError, Result, parse_records};
use serde_json::Value as Json;

/// `{"records":[…], "lookups"?}`.
pub(crate) struct ObjectBatch<'a> {
    pub(crate) records: &'a [Json],
    pub(crate) lookups: Vec<Lookup>,
}

impl<'a> ObjectBatch<'a> {
    pub(crate) fn parse(body: &'a Json) -> Result<Self> {
        let (records, body) = parse_records(body)?;
        let lookups = match lookup::get_member(body, "lookups") {
            None | Some(Json::Null) => Vec::new(),
            Some(raw) => lookup::parse_group(raw).ok_or_else(|| {
                ApiError::bad_request(
                    "lookups takes {\"Field\":{\"fields\":{\"Source\":\"LookupField\"}}}",
                )
            })?,
        };
        Ok(Self { records, lookups })
    }
}

/// Parses the names in `?keys=A,B`.
pub(crate) fn parse_keys(param: Option<&str>) -> Result<Vec<String>> {
    let names = param.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(str::to_owned).collect();
    match names.len() {
        1..=limit::UPDATE_KEYS_MAX => Ok(names),
        count => Err(ApiError::bad_request(format!(
            "An update takes ?keys= with 1 to {} fields, not {count}",
            limit::UPDATE_KEYS_MAX
        ))),
    }
}
