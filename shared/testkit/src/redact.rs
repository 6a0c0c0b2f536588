//! Redacts ids and times, which differ from run to run, so that the rest can be compared exactly.

use std::collections::HashMap;

use serde_json::Value as Json;

/// Replaces each distinct id by `<type n>` and each time by `<time>`: equal ids stay equal,
/// different ones different.
#[must_use]
pub fn redact_json(document: &Json) -> Json {
    Redactor { numbered: true, ..Redactor::default() }.redact_value(document)
}

/// Replaces every id by `<id>` and each time by `<time>`.
#[must_use]
pub fn redact_json_unnumbered(document: &Json) -> Json {
    Redactor::default().redact_value(document)
}

#[derive(Default)]
struct Redactor {
    numbered: bool,
    seen: HashMap<String, String>,
}

impl Redactor {
    fn redact_value(&mut self, document: &Json) -> Json {
        match document {
            Json::Object(map) => {
                map.iter().map(|(name, value)| (name.clone(), self.redact_value(value))).collect()
            }
            Json::Array(list) => list.iter().map(|value| self.redact_value(value)).collect(),
            Json::String(text) => self.redact_text(text).into(),
            other => other.clone(),
        }
    }

    fn redact_text(&mut self, text: &str) -> String {
        if is_time(text) {
            return "<time>".to_owned();
        }
        let kind = if is_uuid(text) {
            "uuid"
        } else if is_gsid(text) {
            text.get(..4).unwrap_or_default()
        } else {
            return text.to_owned();
        };
        if !self.numbered {
            return "<id>".to_owned();
        }
        let next = self.seen.len() + 1;
        self.seen.entry(text.to_owned()).or_insert_with(|| format!("<{kind} {next}>")).clone()
    }
}

fn is_gsid(text: &str) -> bool {
    text.len() == 36
        && text.starts_with('1')
        && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn is_time(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (19..=23).contains(&text.len()) && text.as_bytes().get(10) == Some(&b'T') && digits >= 14
}
