//! Assertions that the tables of test cases in this module share.

use serde_json::{Value as Json, json};

use super::{FieldType, parse, to_json};
use crate::code::Code;

/// `raw` as parsed by a field of default length and rendered.
pub(super) fn read(kind: FieldType, raw: &Json) -> Result<Json, Code> {
    let value = parse(kind, kind.default_max_length(), raw)?;
    Ok(value.map_or(Json::Null, |value| to_json(kind, &value)))
}

/// Asserts that `raw` is accepted and rendered as `want`.
pub(super) fn gives(kind: FieldType, raw: &Json, want: &Json) {
    assert_eq!(read(kind, raw).as_ref(), Ok(want), "{kind:?} {raw}");
}

/// Asserts that the text is accepted and kept as sent.
pub(super) fn keeps(kind: FieldType, text: &str) {
    gives(kind, &json!(text), &json!(text));
}

/// Asserts that `raw` is accepted as null.
pub(super) fn is_null(kind: FieldType, raw: &Json) {
    gives(kind, raw, &Json::Null);
}

/// Asserts that `raw` is refused with this code.
pub(super) fn refuses(kind: FieldType, raw: &Json, fault: Code) {
    assert_eq!(read(kind, raw), Err(fault), "{kind:?} {raw}");
}

#[test]
fn null_and_empty_text_are_null_for_every_type() {
    for kind in FieldType::ALL {
        is_null(*kind, &Json::Null);
        is_null(*kind, &json!(""));
    }
}

#[test]
fn the_metadata_decides_the_length_of_texts() {
    let fits = |kind, max, text: &str| parse(kind, max, &json!(text)).map(|_| ());
    for (kind, text, fault) in [
        (FieldType::String, "😀é", Code::String),
        (FieldType::RichTextArea, "ab", Code::String),
        (FieldType::Url, "a.b", Code::Url),
        (FieldType::Email, "a@b.c", Code::Email),
        (FieldType::Picklist, "ab", Code::PicklistItem),
        (FieldType::MultiSelectDropdownList, "ab;c", Code::PicklistItem),
    ] {
        let longest = text.split(';').map(|item| item.chars().count()).max().unwrap();
        assert_eq!(fits(kind, longest, text), Ok(()), "{kind:?}");
        assert_eq!(fits(kind, longest - 1, text), Err(fault), "{kind:?}");
    }
    let long = format!("{}@b.c", "a".repeat(251));
    assert_eq!(fits(FieldType::Email, 1_000, &long), Err(Code::Email));
}

#[test]
fn debug_hides_the_value() {
    let debug = |kind: FieldType, raw| format!("{:?}", parse(kind, 255, &raw).unwrap().unwrap());
    assert_eq!(debug(FieldType::String, json!("Jane Doe 😀é")), "Value::Text(<11 chars>)");
    assert_eq!(debug(FieldType::Boolean, json!(true)), "Value::Bool(<hidden>)");
    assert_eq!(debug(FieldType::Number, json!(85_000)), "Value::Number(<5 chars>)");
    let list = debug(FieldType::MultiSelectDropdownList, json!("a;b"));
    assert_eq!(list, "Value::List(<2 items>)");
}
