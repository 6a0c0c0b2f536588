//! The request of a batch: its records, its lookups, its keys.

use people_lambda::domain::limit;
use people_lambda::domain::lookup::{self, Lookup};
use people_lambda::{Refusal, Result, records};
use serde_json::Value as Json;

/// `{"records":[…], "lookups"?}`.
pub(crate) struct Batch<'a> {
    pub(crate) records: &'a [Json],
    pub(crate) lookups: Vec<Lookup>,
}

impl<'a> Batch<'a> {
    pub(crate) fn parse(body: &'a Json) -> Result<Self> {
        let (records, body) = records(body)?;
        let lookups = match lookup::get(body, "lookups") {
            None | Some(Json::Null) => Vec::new(),
            Some(raw) => lookup::parse_group(raw).ok_or_else(|| {
                Refusal::bad("lookups takes {\"Field\":{\"fields\":{\"Source\":\"LookupField\"}}}")
            })?,
        };
        Ok(Self { records, lookups })
    }
}

/// The names in `?keys=A,B`.
pub(crate) fn keys(param: Option<&str>) -> Result<Vec<String>> {
    let names = param.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(str::to_owned).collect();
    match names.len() {
        1..=limit::UPDATE_KEYS => Ok(names),
        count => Err(Refusal::bad(format!(
            "An update takes ?keys= with 1 to {} fields, not {count}",
            limit::UPDATE_KEYS
        ))),
    }
}
