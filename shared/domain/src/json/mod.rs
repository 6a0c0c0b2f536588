//! Parses JSON of callers: where an object names a member twice, the last one counts, at its own
//! place in the text (contract: fields#repeated-fields). `serde_json`'s map keeps the first place,
//! so that `{"Email":a,"email":b,"Email":a}` would end in b.

pub mod nesting;
mod repeated_members;
mod size;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value as Json};

use repeated_members::RepeatedMembers;
pub use size::{escaped_len, escaped_len_of_value, truncate_escaped};

/// Parses JSON; members are in the order of their last places. Numbers, the limit of nesting and
/// the positions in errors are those of `serde_json`.
///
/// # Errors
/// The text is not JSON.
pub fn parse(text: &[u8]) -> Result<Json, serde_json::Error> {
    serde_json::from_slice(text).map(|SentJson(json)| json)
}

/// A value as sent.
struct SentJson(Json);

impl<'de> Deserialize<'de> for SentJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(SentJson(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    /// Reads into a map until a name repeats, which is rare, and then into a list of pairs.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some((name, SentJson(value))) = members.next_entry::<String, SentJson>()? {
            match map.entry(name) {
                Entry::Vacant(entry) => _ = entry.insert(value),
                Entry::Occupied(entry) => {
                    let repeated = (entry.key().clone(), value);
                    return read_repeated_members(
                        RepeatedMembers::from_map(map, repeated),
                        members,
                    );
                }
            }
        }
        Ok(map.into())
    }
}

fn read_repeated_members<'de, A: MapAccess<'de>>(
    mut pairs: RepeatedMembers,
    mut members: A,
) -> Result<Json, A::Error> {
    while let Some((name, SentJson(value))) = members.next_entry()? {
        pairs.push_pair((name, value));
    }
    Ok(pairs.into_map().into())
}
