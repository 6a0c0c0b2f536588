//! JSON as callers send it: where an object names a member twice, the last in the text counts and
//! has its place there (contract: fields#repeated-fields). `serde_json`'s own map leaves it at the
//! first place, so that `{"Email":a,"email":b,"Email":a}` would end in b.

pub mod nesting;
mod pairs;
mod size;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value as Json};

use pairs::Pairs;
pub use size::{cut_escaped, escaped_len, escaped_len_of};

/// Reads a text of JSON; members stand in the order of their last places. Numbers, the limit of
/// nesting and the places in errors are those of `serde_json`.
///
/// # Errors
/// Where the text is not JSON.
pub fn parse(text: &[u8]) -> Result<Json, serde_json::Error> {
    serde_json::from_slice(text).map(|Sent(json)| json)
}

/// A value as it was sent.
struct Sent(Json);

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
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
        while let Some(Sent(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    /// Few objects name a member twice, and only those are read on as pairs.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some((name, Sent(value))) = members.next_entry::<String, Sent>()? {
            match map.entry(name) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(place) => {
                    let again = (place.key().clone(), value);
                    return rest(Pairs::of(map, again), members);
                }
            }
        }
        Ok(map.into())
    }
}

fn rest<'de, A: MapAccess<'de>>(mut pairs: Pairs, mut members: A) -> Result<Json, A::Error> {
    while let Some((name, Sent(value))) = members.next_entry()? {
        pairs.push((name, value));
    }
    Ok(pairs.into_map().into())
}
