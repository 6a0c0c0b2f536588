//! One thing wrong with one row, and the whole failure that callers are shown (contract:
//! upsert#failed-single-put, bulk#details).

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::ids::email::Email;
use crate::json::cut_escaped;
use crate::limit;
use crate::values::FieldType;

/// Which part of a row a fault belongs to; the order is that of an answer (contract:
/// bulk#order-of-details).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The person, or the row as a whole.
    Person,
    /// `companies[n]`.
    Company(usize),
    /// `companies[n].relationships[m]`.
    Nested(usize, usize),
    /// `relationships[n]`, directly under the person.
    Direct(usize),
}

/// One thing wrong with one row.
#[derive(Clone, PartialEq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The field, or the whole key (`Company_ID,Person_ID`); none when it is the row.
    pub field: Option<String>,
    /// The code.
    pub code: Code,
    /// The documented message, with what the contract appends to it.
    pub message: String,
    /// The values that were refused, by field name.
    pub values: Map<String, Json>,
    /// The values that a failed lookup searched for, by LookupField name.
    pub sought: Map<String, Json>,
    /// Code points of the text that was refused, before it was cut to be shown.
    pub length: Option<usize>,
}

impl Fault {
    /// A field whose value is refused.
    #[must_use]
    pub fn field(place: Place, field: &str, value: Json, code: Code) -> Self {
        let length = value.as_str().map(|text| text.chars().count());
        let field = shown_text(field).unwrap_or_else(|| field.to_owned());
        let values = Map::from_iter([(field.clone(), shown(value))]);
        Self {
            place,
            field: Some(field),
            code,
            message: code.message().to_owned(),
            values,
            sought: Map::new(),
            length,
        }
    }

    /// A lookup that names a field or an object that does not exist. `unknown`: the member of the
    /// lookup that names it, with its value; of a LookupField, the value looked for.
    #[must_use]
    pub fn lookup(place: Place, target: &str, unknown: (String, Json)) -> Self {
        let mut fault = Self::field(place, target, Json::Null, Code::UnknownField);
        let name = shown_text(&unknown.0).unwrap_or(unknown.0);
        // Members of an answer hold no nulls (contract: jobs#which-parts-are-null).
        let value = if unknown.1.is_null() { "".into() } else { shown(unknown.1) };
        fault.sought.insert(name, value);
        fault.values = fault.sought.clone().into_iter().chain(fault.values).collect();
        fault
    }

    /// A key of which a part is missing; `known` are the parts that are not.
    #[must_use]
    pub fn key_missing(place: Place, key: &str, known: Map<String, Json>) -> Self {
        let code = Code::KeyMissing;
        let message = format!("{} : {key}", code.message());
        let field = Some(key.to_owned());
        Self { field, code, values: known, ..Self::limit(place, message) }
    }

    /// Another person has the email (contract: upsert#email-taken).
    #[must_use]
    pub fn email_taken(email: &Email) -> Self {
        let mut fault = Self::field(Place::Person, "Email", email.as_sent().into(), Code::KeyTaken);
        fault.message = format!("{} : {{Email={}}}", Code::KeyTaken.message(), email.as_sent());
        fault
    }

    /// The fault without the values that were refused or looked for, its texts cut: for an answer that
    /// would be too large otherwise.
    #[must_use]
    pub fn shortened(&self) -> Self {
        let field = self.field.as_ref().map(|field| cut_escaped(field, limit::SHORT_NAME));
        let message = cut_escaped(&self.message, limit::SHORT_MESSAGE);
        let (values, sought) = (Map::new(), Map::new());
        Self { field, message, values, sought, ..self.clone() }
    }

    /// Whether a lookup failed; one for which no source was sent names nothing that it looked for.
    #[must_use]
    pub fn is_of_lookup(&self) -> bool {
        self.code == Code::LookupNotResolved || !self.sought.is_empty()
    }

    /// The row itself is no record.
    #[must_use]
    pub fn row(place: Place) -> Self {
        Self::limit(place, Code::RowInfo.message().to_owned())
    }

    /// The row met a bug of ours, or its chunk could never be finished.
    #[must_use]
    pub fn unexpected() -> Self {
        let code = Code::Unexpected;
        Self { code, ..Self::limit(Place::Person, code.message().to_owned()) }
    }

    /// The record is larger than a request may be: no store of ours takes such a person.
    #[must_use]
    pub fn record_too_large() -> Self {
        let most = limit::BODY / 1024 / 1024;
        Self::limit(Place::Person, format!("A record takes at most {most} MB"))
    }

    /// The row goes past a limit; `message` names it.
    #[must_use]
    pub fn limit(place: Place, message: String) -> Self {
        let (values, sought) = (Map::new(), Map::new());
        Self { place, field: None, code: Code::RowInfo, message, values, sought, length: None }
    }
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {}", self.place, self.field, self.code.as_str())
    }
}

/// What bulk answers show in place of a field whose lookup failed (contract: bulk#lookup-marker).
#[must_use]
pub fn marker(field: &str) -> Json {
    let code = Code::LookupMarker.as_str();
    serde_json::json!({ "lookupData": { field: code }, "errorCode": code })
}

/// A refused value as it is shown: whole, unless it is of a size that nobody reads. A text is cut
/// by its characters, a list or an object by the bytes of its compact text (contract:
/// envelope#cut-values).
pub(crate) fn shown(value: Json) -> Json {
    match value {
        Json::String(text) => shown_text(&text).unwrap_or(text).into(),
        Json::Array(_) | Json::Object(_) => {
            let text = value.to_string();
            let most = text.floor_char_boundary(limit::SHOWN);
            match text.get(..most) {
                Some(kept) if most < text.len() => format!("{kept}…").into(),
                _ => value,
            }
        }
        other => other,
    }
}

/// A text that is cut to be shown; none of one that is short enough. Names are texts of callers too.
fn shown_text(text: &str) -> Option<String> {
    let (end, _) = text.char_indices().nth(limit::SHOWN)?;
    Some(format!("{}…", text.get(..end)?))
}

/// The code of a type's values in general, for a value that is missing.
#[must_use]
pub fn code_of(kind: FieldType) -> Code {
    match kind {
        FieldType::String | FieldType::RichTextArea => Code::String,
        FieldType::Boolean => Code::Boolean,
        FieldType::Number => Code::Number,
        FieldType::Currency => Code::Currency,
        FieldType::Percentage => Code::Percentage,
        FieldType::Date | FieldType::DateTime => Code::DateTime,
        FieldType::Email => Code::Email,
        FieldType::Url => Code::Url,
        FieldType::Gsid => Code::Gsid,
        FieldType::Sfdcid => Code::Sfdcid,
        FieldType::Picklist | FieldType::MultiSelectDropdownList => Code::PicklistItem,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refused_text_is_cut_by_its_characters() {
        for (sent, expected) in [
            ("é".repeat(limit::SHOWN), "é".repeat(limit::SHOWN)),
            ("é".repeat(limit::SHOWN + 1), format!("{}…", "é".repeat(limit::SHOWN))),
        ] {
            let fault = Fault::field(Place::Person, "Summary", sent.as_str().into(), Code::String);
            assert_eq!(fault.values["Summary"], expected.as_str());
            assert_eq!(fault.length, Some(sent.chars().count()));
            let unknown = Fault::field(Place::Person, &sent, 1.into(), Code::UnknownField);
            assert_eq!((unknown.field, &unknown.values[&expected]), (Some(expected), &json!(1)));
        }
    }

    #[test]
    fn a_refused_list_or_object_is_cut_by_the_bytes_of_its_compact_text() {
        let fits = json!(["x".repeat(limit::SHOWN - 4)]);
        assert_eq!(shown(fits.clone()), fits);
        for (sent, begin) in [
            (json!(["x".repeat(limit::SHOWN)]), r#"["xxx"#),
            (json!({ "a": [1, 2], "b": "é".repeat(limit::SHOWN) }), r#"{"a":[1,2],"b":"éé"#),
            // The limit falls into the middle of a character, which goes whole.
            (json!(["é".repeat(limit::SHOWN), 1]), r#"["éé"#),
            (json!(["xé".repeat(limit::SHOWN), 1]), r#"["xé"#),
        ] {
            let cut = shown(sent.clone());
            let text = cut.as_str().expect("a text");
            let kept = text.strip_suffix('…').expect("it says that there is more");
            assert!(kept.starts_with(begin) && sent.to_string().starts_with(kept), "{kept}");
            assert!((limit::SHOWN - 3..=limit::SHOWN).contains(&kept.len()), "{}", kept.len());
        }
    }
}
