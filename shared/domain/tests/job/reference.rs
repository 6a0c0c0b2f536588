//! The reference for the scanner: the same payload parsed as a whole by `serde_json`. The fuzzer
//! uses it too.

use std::fmt;

use people_domain::jobs::scan::key::{self, KeyEntry};
use people_domain::jobs::{
    ChunkSizes, MalformedPayload, PayloadPlan, PayloadScan, ScanLimits, Scanner, plan_chunks,
};
use people_domain::json::nesting;
use people_domain::lookup::{self, Lookups};
use people_domain::people::row::{self, PersonRef};
use people_domain::schema::metadata::Metadata;
use people_domain::{json, limit};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::plan_invariants;

/// A valid payload.
pub(crate) struct ValidPayload {
    pub(crate) rows: Vec<Json>,
    pub(crate) lookups: Lookups,
}

/// The names in an object including repeated ones, which a map would drop.
struct MemberNames(Vec<String>);

impl<'de> Deserialize<'de> for MemberNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = MemberNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MemberNames, A::Error> {
                let mut names = Vec::new();
                while let Some((name, _)) = map.next_entry::<_, IgnoredAny>()? {
                    names.push(name);
                }
                Ok(MemberNames(names))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Parses a payload as a whole; `None` if it has to be refused.
pub(crate) fn parse_payload(bytes: &[u8]) -> Option<ValidPayload> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let MemberNames(names) = serde_json::from_slice(bytes).ok()?;
    let payload = json::parse(bytes).ok()?;
    let member = |name: &str| {
        let named = names.iter().filter(|own| own.eq_ignore_ascii_case(name));
        (named.count() < 2).then(|| lookup::get_member(payload.as_object()?, name))
    };
    let rows = member("records")??.as_array()?.clone();
    let lookups = match member("lookups")? {
        None | Some(Json::Null) => Lookups::default(),
        Some(lookups) => Lookups::parse(lookups)?,
    };
    (nesting::measure_shape(bytes).levels <= limit::NESTING_LEVELS_MAX)
        .then_some(ValidPayload { rows, lookups })
}

/// Scans a payload in pieces of these sizes, repeated, with a second pass if required.
pub(crate) fn scan_pieces(bytes: &[u8], pieces: &[usize]) -> Result<PayloadScan, MalformedPayload> {
    let pass = |mut scanner: Scanner| {
        let (mut rest, mut sizes) = (bytes, pieces.iter().cycle());
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| (*size).min(rest.len()));
            let (piece, more) = rest.split_at(size);
            scanner.push(piece)?;
            rest = more;
        }
        scanner.finish()
    };
    let scanned = pass(Scanner::new(ScanLimits::default()))?;
    match scanned.late_sources() {
        Some(sources) => pass(Scanner::with_sources(ScanLimits::default(), sources.clone())),
        None => Ok(scanned),
    }
}

/// Parses every row of a plan from the bytes that a worker would read.
pub(crate) fn parse_planned_rows(plan: &PayloadPlan, bytes: &[u8]) -> Result<Vec<Json>, String> {
    let mut rows = Vec::new();
    for chunk in &plan.chunks {
        let ranges = chunk.byte_ranges().into_iter();
        let parts: Option<Vec<_>> =
            ranges.map(|range| bytes.get(range.start as usize..range.end as usize)).collect();
        let parts = parts.ok_or("a range beyond the payload")?;
        for (number, row) in chunk.split_rows(&parts).ok_or("rows are missing")? {
            let row = json::parse(row).map_err(|error| format!("row {number}: {error}"))?;
            rows.push((number, row));
        }
    }
    rows.sort_by_key(|(number, _): &(u32, Json)| *number);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The name of the first invariant that a plan violates.
pub(crate) fn find_broken_invariant(plan: &PayloadPlan, keys: &[KeyEntry]) -> Option<&'static str> {
    [
        ("every row once", plan_invariants::every_row_once(plan)),
        ("rows ascend", plan_invariants::rows_ascend(plan)),
        ("order", plan_invariants::order_is_kept(plan, keys)),
        ("sizes", plan_invariants::sizes_are_kept(plan)),
        ("chunks", plan_invariants::chunk_count_is_limited(plan)),
        ("chains", plan_invariants::chains_are_valid(plan)),
    ]
    .into_iter()
    .find_map(|(name, holds)| (!holds).then_some(name))
}

/// The first row with a person that the row pipeline finds and that is not among its keys.
fn find_missing_key(valid: &ValidPayload, keys: &[KeyEntry], metadata: &Metadata) -> Option<usize> {
    valid.rows.iter().enumerate().position(|(at, raw)| {
        let row = row::parse(raw, &valid.lookups, metadata);
        let person_ref = match &row.person_ref {
            PersonRef::Gsid(gsid, _) => Some(key::hash_gsid(gsid.as_str())),
            PersonRef::Email(email) | PersonRef::LookedUp(email) => {
                Some(key::hash_email_key(email.as_key()))
            }
            PersonRef::Unidentified => None,
        };
        let email = row.email.as_ref().map(|email| key::hash_email_key(email.as_key()));
        let ids = row.parts().filter_map(|part| part.ids.person.as_ref());
        let ids = ids.map(|gsid| key::hash_gsid(gsid.as_str()));
        let found = row.parts().filter_map(|part| part.person_lookup.as_ref()?.email());
        let found = found.map(|email| key::hash_email_key(email.as_key()));
        let mut hashes = person_ref.into_iter().chain(email).chain(ids).chain(found);
        hashes.any(|hash| !keys.contains(&KeyEntry::new(hash, at as u32)))
    })
}

/// Checks that scanner and plan agree with the reference. `Ok(true)`: the payload is accepted; an
/// error says what differs.
pub(crate) fn check_agreement(
    bytes: &[u8],
    pieces: &[usize],
    sizes: ChunkSizes,
    metadata: &Metadata,
) -> Result<bool, String> {
    let (scanned, valid) = match (scan_pieces(bytes, pieces), parse_payload(bytes)) {
        (Err(_), None) => return Ok(false),
        (Ok(scanned), Some(valid)) => (scanned, valid),
        (Ok(_), None) => return Err("the scanner accepts what has to be refused".to_owned()),
        (Err(malformed), Some(_)) => return Err(format!("the scanner refuses: {malformed}")),
    };
    if let Some(at) = find_missing_key(&valid, scanned.keys(), metadata) {
        return Err(format!("row {} has a key that was not found", at + 1));
    }
    let keys = scanned.keys().to_vec();
    let plan = plan_chunks(scanned, sizes);
    if let Some(name) = find_broken_invariant(&plan, &keys) {
        return Err(format!("the plan breaks: {name}"));
    }
    let same = parse_planned_rows(&plan, bytes)? == valid.rows;
    same.then_some(true).ok_or_else(|| "rows differ".to_owned())
}
