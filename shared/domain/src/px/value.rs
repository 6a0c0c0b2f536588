//! One value as a call sends it (contract: identify). Null is as not sent; an empty text, and 0 for
//! a date, clear a value.

use serde_json::{Number, Value as Json};

use super::field::{GENDERS, PxFieldType, USER_TYPES};
use crate::values::{self, Decimal, FieldType, Value};

/// Texts in one list.
const LIST_TEXTS_MAX: usize = 100;

/// A checked value of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SentValue {
    NotSent,
    Cleared,
    Set(Value),
}

/// Parses a value.
///
/// # Errors
/// The form that the value must have, for the caller.
pub(super) fn parse_value(kind: PxFieldType, raw: &Json) -> Result<SentValue, String> {
    if raw.is_null() {
        return Ok(SentValue::NotSent);
    }
    if raw.as_str() == Some("") {
        return Ok(SentValue::Cleared);
    }
    let value = match kind {
        PxFieldType::Text(chars_max) => parse_text(raw, chars_max).map(Value::Text)?,
        PxFieldType::Integer => Value::Number(parse_integer(raw)?.into()),
        PxFieldType::Float => Value::Number(parse_float(raw)?),
        PxFieldType::Number => Value::Number(parse_number(raw)?),
        PxFieldType::Boolean => Value::Bool(parse_boolean(raw)?),
        PxFieldType::Date => match parse_millis(raw)? {
            0 => return Ok(SentValue::Cleared),
            millis => Value::Number(millis.into()),
        },
        PxFieldType::TextList => return parse_texts(raw),
        PxFieldType::UserType => Value::Text(parse_choice(raw, &USER_TYPES)?),
        PxFieldType::Gender => Value::Text(parse_choice(raw, &GENDERS)?),
    };
    Ok(SentValue::Set(value))
}

/// An id: a text, or a JSON integer as text (contract: identify). `None` if it was not sent.
///
/// # Errors
/// The value is of another type.
pub(super) fn parse_id(raw: &Json) -> Result<Option<String>, String> {
    match raw {
        Json::Null => Ok(None),
        Json::String(text) => Ok((!text.is_empty()).then(|| text.clone())),
        Json::Number(number) if !number.is_f64() => Ok(Some(number.to_string())),
        _ => Err("must be a text or an integer".to_owned()),
    }
}

fn parse_text(raw: &Json, chars_max: usize) -> Result<String, String> {
    let text = raw.as_str().filter(|text| text.chars().nth(chars_max).is_none());
    text.map(str::to_owned)
        .ok_or_else(|| format!("must be a text of at most {chars_max} characters"))
}

fn parse_integer(raw: &Json) -> Result<i64, String> {
    whole_number(raw).ok_or_else(|| "must be an integer of 64 bits".to_owned())
}

fn parse_millis(raw: &Json) -> Result<i64, String> {
    let message = || "must be a time in milliseconds since 1970-01-01 UTC".to_owned();
    whole_number(raw).ok_or_else(message)
}

fn whole_number(raw: &Json) -> Option<i64> {
    match raw {
        Json::String(text) => Decimal::parse(text)?.to_i64(),
        Json::Number(number) if number.is_f64() => read_float(number.clone()).ok()?.to_i64(),
        _ => raw.as_i64(),
    }
}

/// Whole numbers of 64 bits are exact; others are the nearest float within ±1e15.
fn parse_number(raw: &Json) -> Result<Decimal, String> {
    whole_number(raw).map_or_else(|| parse_float(raw), |whole| Ok(whole.into()))
}

fn parse_float(raw: &Json) -> Result<Decimal, String> {
    let number = match raw {
        Json::String(text) => parse_float_text(text),
        Json::Number(number) => Some(number.clone()),
        _ => None,
    };
    number.map_or_else(|| Err(not_a_number()), read_float)
}

/// A text of digits, sign, point and exponent; `str::parse` alone would read `inf` and `nan` too.
fn parse_float_text(text: &str) -> Option<Number> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    Number::from_f64(text.parse().ok().filter(|_| is_plain)?)
}

fn read_float(number: Number) -> Result<Decimal, String> {
    match values::parse(FieldType::Number, 0, &Json::Number(number)) {
        Ok(Some(Value::Number(number))) => Ok(number),
        _ => Err(not_a_number()),
    }
}

fn not_a_number() -> String {
    "must be a number between -1e15 and 1e15".to_owned()
}

fn parse_boolean(raw: &Json) -> Result<bool, String> {
    match raw {
        Json::Bool(flag) => Ok(*flag),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

fn parse_texts(raw: &Json) -> Result<SentValue, String> {
    let read = |item: &Json| {
        let text = item.as_str().filter(|text| !text.is_empty())?;
        parse_text(&text.into(), super::field::TEXT_CHARS_MAX).ok()
    };
    let items = raw.as_array().filter(|items| items.len() <= LIST_TEXTS_MAX);
    let texts = items.and_then(|items| items.iter().map(read).collect::<Option<Vec<_>>>());
    match texts {
        Some(texts) if texts.is_empty() => Ok(SentValue::Cleared),
        Some(texts) => Ok(SentValue::Set(Value::List(texts))),
        None => Err(format!("must be a list of at most {LIST_TEXTS_MAX} texts")),
    }
}

fn parse_choice(raw: &Json, choices: &[&str]) -> Result<String, String> {
    let chosen = raw.as_str().filter(|text| choices.contains(text));
    chosen.map(str::to_owned).ok_or_else(|| format!("must be one of {}", choices.join(", ")))
}

/// The value as answers print it; an empty one as its type has it.
#[must_use]
pub(super) fn print_value(kind: PxFieldType, value: Option<&Value>) -> Json {
    match (kind, value) {
        (PxFieldType::Float, Some(Value::Number(number))) => {
            Json::from(number.as_str().parse::<f64>().unwrap_or_default())
        }
        (_, Some(Value::Number(number))) => number.to_json(),
        (_, Some(Value::Text(text))) => Json::from(text.as_str()),
        (_, Some(Value::Bool(flag))) => Json::from(*flag),
        (_, Some(Value::List(texts))) => Json::from(texts.as_slice()),
        (PxFieldType::Text(_), None) => Json::from(""),
        (PxFieldType::Integer | PxFieldType::Date | PxFieldType::Number, None) => Json::from(0),
        (PxFieldType::Float, None) => Json::from(0.0),
        (PxFieldType::Boolean, None) => Json::from(false),
        (PxFieldType::TextList, None) => Json::Array(Vec::new()),
        (PxFieldType::UserType, None) => Json::from(default_choice(&USER_TYPES)),
        (PxFieldType::Gender, None) => Json::from(default_choice(&GENDERS)),
    }
}

/// The value that an empty choice stands for.
pub(super) fn default_choice(choices: &[&'static str]) -> &'static str {
    choices.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const KINDS: [PxFieldType; 9] = [
        PxFieldType::Number,
        PxFieldType::Text(5),
        PxFieldType::Integer,
        PxFieldType::Float,
        PxFieldType::Boolean,
        PxFieldType::Date,
        PxFieldType::TextList,
        PxFieldType::UserType,
        PxFieldType::Gender,
    ];

    fn printed(kind: PxFieldType, raw: &Json) -> Option<Json> {
        match parse_value(kind, raw).ok()? {
            SentValue::Set(value) => Some(print_value(kind, Some(&value))),
            SentValue::Cleared => Some(print_value(kind, None)),
            SentValue::NotSent => None,
        }
    }

    #[test]
    fn values_are_read_and_printed_as_documented() {
        for (kind, raw, want) in [
            (PxFieldType::Text(5), json!("ábcde"), json!("ábcde")),
            (PxFieldType::Integer, json!("12"), json!(12)),
            (PxFieldType::Integer, json!(i64::MIN), json!(i64::MIN)),
            (PxFieldType::Integer, json!(7.0), json!(7)),
            (PxFieldType::Float, json!(95.5), json!(95.5)),
            (PxFieldType::Float, json!("-122.02"), json!(-122.02)),
            (PxFieldType::Float, json!("1e-05"), json!(0.00001)),
            (PxFieldType::Float, json!(3), json!(3.0)),
            (PxFieldType::Number, json!(i64::MAX), json!(i64::MAX)),
            (PxFieldType::Number, json!(95.5), json!(95.5)),
            (PxFieldType::Boolean, json!("true"), json!(true)),
            (PxFieldType::Boolean, json!("False"), json!(false)),
            (PxFieldType::Date, json!(1_516_234_662_215_i64), json!(1_516_234_662_215_i64)),
            (PxFieldType::Date, json!("-1"), json!(-1)),
            (PxFieldType::Date, json!(0), json!(0)),
            (PxFieldType::TextList, json!(["AP-1", "AP-2"]), json!(["AP-1", "AP-2"])),
            (PxFieldType::TextList, json!([]), json!([])),
            (PxFieldType::UserType, json!("LEAD"), json!("LEAD")),
            (PxFieldType::UserType, json!(""), json!("USER")),
            (PxFieldType::Gender, json!(""), json!("EMPTY_GENDER")),
        ] {
            assert_eq!(printed(kind, &raw), Some(want), "{kind:?} {raw}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        for (kind, raw) in [
            (PxFieldType::Text(5), json!("abcdef")),
            (PxFieldType::Text(5), json!(1)),
            (PxFieldType::Integer, json!(1.5)),
            (PxFieldType::Integer, json!("9223372036854775808")),
            (PxFieldType::Integer, json!(u64::MAX)),
            (PxFieldType::Float, json!("inf")),
            (PxFieldType::Float, json!("1,5")),
            (PxFieldType::Float, json!(true)),
            (PxFieldType::Boolean, json!(1)),
            (PxFieldType::Date, json!("2024-01-01")),
            (PxFieldType::TextList, json!("AP-1")),
            (PxFieldType::TextList, json!([1])),
            (PxFieldType::UserType, json!("user")),
            (PxFieldType::Gender, json!(["MALE"])),
        ] {
            assert!(parse_value(kind, &raw).is_err(), "{kind:?} {raw}");
        }
    }

    #[test]
    fn null_is_not_sent_and_an_empty_text_clears() {
        for kind in KINDS {
            assert_eq!(parse_value(kind, &Json::Null), Ok(SentValue::NotSent));
            assert_eq!(parse_value(kind, &json!("")), Ok(SentValue::Cleared));
        }
    }

    #[test]
    fn ids_are_texts_or_integers() {
        assert_eq!(parse_id(&json!(20_180_717)), Ok(Some("20180717".to_owned())));
        assert_eq!(parse_id(&json!(" a ")), Ok(Some(" a ".to_owned())));
        assert_eq!(parse_id(&json!("")), Ok(None));
        assert!(parse_id(&json!(1.5)).is_err() && parse_id(&json!(["a"])).is_err());
    }

    fn any_json() -> impl Strategy<Value = Json> {
        prop_oneof![
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            (-1e15..1e15_f64).prop_map(Json::from),
            "-?[0-9]{0,20}(\\.[0-9]{0,9})?(e-?[0-9]{1,2})?".prop_map(Json::from),
            "[a-z]{0,6}|true|FALSE|USER|OTHER".prop_map(Json::from),
            proptest::collection::vec("[a-z]{0,3}", 0..3).prop_map(Json::from),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_the_same(raw in any_json()) {
            for kind in KINDS {
                if let Ok(SentValue::Set(value)) = parse_value(kind, &raw) {
                    let again = parse_value(kind, &print_value(kind, Some(&value)));
                    prop_assert_eq!(again, Ok(SentValue::Set(value)), "{:?} {}", kind, raw);
                }
            }
        }

        #[test]
        fn an_integer_is_the_same_as_text(number: i64) {
            for kind in [PxFieldType::Integer, PxFieldType::Date] {
                let as_text = parse_value(kind, &json!(number.to_string()));
                prop_assert_eq!(as_text, parse_value(kind, &json!(number)));
            }
        }
    }
}
