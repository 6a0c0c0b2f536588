//! Strategies for payloads of every shape.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;

const NAMES: &[&str] =
    &["Email", "eMAIL", "Gsid", "Person_ID", "person_id", "Src", "companies", "relationships", "X"];

const TEXTS: &[&str] = &[
    "a@b.co",
    " A@B.CO\u{2003}",
    "c@d.co",
    "e@f.co",
    "用户@例え.テスト",
    "\u{200b}Straße@FAẞ.de\u{feff}",
    "STRASSE@faß.de",
    "\u{378}@x.com",
    "no address",
    "\u{1F600}\n\"\\",
    "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D",
    "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7E",
    "",
];

/// JSON with blanks and escapes anywhere.
fn json_text(value: Json) -> BoxedStrategy<String> {
    let blank = select(&["", "", " ", "\n  \t", "\r\n          "][..]);
    match value {
        Json::Array(items) => {
            let items: Vec<_> = items.into_iter().map(json_text).collect();
            (items, blank).prop_map(|(items, b)| format!("[{b}{}{b}]", items.join(","))).boxed()
        }
        Json::Object(members) => {
            let members: Vec<_> =
                members.into_iter().map(|(name, value)| (text(name), json_text(value))).collect();
            (members, blank)
                .prop_map(|(members, b)| {
                    let member = |(name, value)| format!("{b}{name}{b}:{b}{value}{b}");
                    let members: Vec<_> = members.into_iter().map(member).collect();
                    format!("{{{b}{}}}", members.join(","))
                })
                .boxed()
        }
        Json::String(value) => text(value).boxed(),
        other => Just(other.to_string()).boxed(),
    }
}

/// A string with some of its characters escaped.
pub(crate) fn text(value: String) -> impl Strategy<Value = String> {
    proptest::collection::vec(0..4_u8, value.chars().count()).prop_map(move |escapes| {
        let escape = |(c, how): (char, u8)| match how {
            0 => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect()
            }
            _ => serde_json::to_string(&c).map_or_else(
                |_| String::new(),
                |quoted| quoted.trim_start_matches('"').trim_end_matches('"').to_owned(),
            ),
        };
        // Trimming quotes would remove a quote.
        let escape = |pair: (char, u8)| match pair.0 {
            '"' => "\\\"".to_owned(),
            _ => escape(pair),
        };
        format!("\"{}\"", value.chars().zip(escapes).map(escape).collect::<String>())
    })
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => select(TEXTS).prop_map(Json::from),
        1 => any::<String>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<Option<bool>>().prop_map(Json::from),
    ]
}

/// A row, or a value in a row.
fn item() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let member = (select(NAMES), inner.clone());
        let list = proptest::collection::vec(inner, 0..4).prop_map(Json::from);
        let object = proptest::collection::vec(member, 0..5).prop_map(|members| {
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Json>()
        });
        prop_oneof![3 => object, 1 => list]
    })
}

fn lookups() -> impl Strategy<Value = Option<Json>> {
    let group = select(&["Person", "Companies", "relationships"][..]);
    let source = select(&["src", "X", "Email"][..]);
    proptest::option::of((group, source).prop_map(|(group, source)| {
        serde_json::json!({ group: { "Person_ID": { "fields": { source: "Email" } } } })
    }))
}

/// A valid payload.
pub(crate) fn payload() -> impl Strategy<Value = String> {
    let rows = proptest::collection::vec(item(), 0..7).prop_map(Json::from);
    (rows, lookups(), item(), 0..3_usize).prop_flat_map(|(rows, lookups, junk, at)| {
        let mut members = vec![("junk".to_owned(), junk)];
        members.extend(lookups.map(|lookups| ("LOOKUPS".to_owned(), lookups)));
        members.insert(at.min(members.len()), ("Records".to_owned(), rows));
        json_text(members.into_iter().collect())
    })
}
