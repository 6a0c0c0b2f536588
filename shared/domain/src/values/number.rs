//! NUMBER, CURRENCY and PERCENTAGE (contract: fields#number, fields#number-range): a JSON number or
//! plain decimal text, |n| ≤ 1e15.
//!
//! A fraction is kept as the nearest 64-bit float, the precision of JSON numbers; so equal numbers
//! are equal values whether they were sent as numbers or as texts, and GET returns the full value.
//! Fifteen digits are always exact.

use serde_json::Value as Json;

use super::decimal::{Decimal, is_digits};
use crate::code::Code;

/// The largest magnitude of a number, 1e15. All integers up to it are exact as floats.
const MAGNITUDE_MAX: &str = "1000000000000000";

/// Magnitudes below this are stored as zero: DynamoDB refuses a number below 1e-130.
const MAGNITUDE_MIN: f64 = 1e-100;

/// Reads a NUMBER.
pub(super) fn parse_number(raw: &Json) -> Result<Decimal, Code> {
    match raw {
        Json::String(text) => check_range(Decimal::parse(text), Code::Number),
        _ => from_json(raw, Code::Number),
    }
}

/// Reads a CURRENCY; a misplaced comma has its own code, if the text is a number otherwise.
pub(super) fn parse_currency(raw: &Json) -> Result<Decimal, Code> {
    match raw {
        Json::String(text) => {
            let number = Decimal::parse(&text.replace(',', "")).ok_or(Code::Currency)?;
            if text.contains(',') && !is_grouped(text) {
                return Err(Code::CurrencyComma);
            }
            check_range(Some(number), Code::Currency)
        }
        _ => from_json(raw, Code::Currency),
    }
}

/// Reads a PERCENTAGE; `50%` is kept as 50.
pub(super) fn parse_percentage(raw: &Json) -> Result<Decimal, Code> {
    match raw {
        Json::String(text) => {
            let number = text.strip_suffix('%').unwrap_or(text);
            check_range(Decimal::parse(number), Code::Percentage)
        }
        _ => from_json(raw, Code::Percentage),
    }
}

fn from_json(raw: &Json, fault: Code) -> Result<Decimal, Code> {
    check_range(raw.as_f64().and_then(Decimal::from_f64), fault)
}

fn check_range(number: Option<Decimal>, fault: Code) -> Result<Decimal, Code> {
    let number = number.ok_or(fault)?;
    if is_too_large(&number) {
        return Err(Code::NumberRange);
    }
    if !number.as_str().contains('.') {
        return Ok(number);
    }
    let float: f64 = number.as_str().parse().map_err(|_| fault)?;
    if float.abs() < MAGNITUDE_MIN {
        return Ok(Decimal::from(0));
    }
    Decimal::from_f64(float).ok_or(fault)
}

/// Compares digits, because as floats 1e15 and slightly larger numbers are equal.
fn is_too_large(number: &Decimal) -> bool {
    let size = number.as_str().trim_start_matches('-');
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    (whole.len(), whole, fraction) > (MAGNITUDE_MAX.len(), MAGNITUDE_MAX, "")
}

/// Whether commas group the integer part in threes, the first group of one to three digits. A first
/// group with a leading zero is refused: `0,123` is more likely a decimal comma.
fn is_grouped(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    is_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && groups.all(|group| is_digits(group) && group.len() == 3)
        && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::code::Code;
    use crate::values::FieldType::{Currency, Number, Percentage};
    use crate::values::cases::{gives, refuses};

    #[test]
    fn numbers() {
        for kind in [Number, Currency, Percentage] {
            for (raw, want) in [
                (json!(0), json!(0)),
                (json!(-12), json!(-12)),
                (json!(1e3), json!(1000)),
                (json!(-0.0), json!(0)),
                (json!(2.0), json!(2)),
                (json!(0.1), json!(0.1)),
                (json!("1200.50"), json!(1200.5)),
                (json!("-007"), json!(-7)),
                (json!("-0"), json!(0)),
                (json!(123_456_789_012.345), json!(123_456_789_012.345)),
                (json!("123456789012.345"), json!(123_456_789_012.345)),
                (json!("0.12345678901234567890"), json!(0.123_456_789_012_345_68)),
                (json!(1e15), json!(1_000_000_000_000_000_i64)),
                (json!("-1000000000000000.000"), json!(-1_000_000_000_000_000_i64)),
                (json!("999999999999999.5"), json!(999_999_999_999_999.5)),
                (json!(1e-7), json!(1e-7)),
                (json!(1e-300), json!(0)),
            ] {
                gives(kind, &raw, &want);
            }
        }
    }

    #[test]
    fn too_large() {
        for kind in [Number, Currency, Percentage] {
            for raw in [
                json!(1_000_000_000_000_001_i64),
                json!(-1_000_000_000_000_001_i64),
                json!("1000000000000000.00000000001"),
                json!("-99999999999999999999"),
                json!(u64::MAX),
                json!(i64::MIN),
                json!(1e300),
            ] {
                refuses(kind, &raw, Code::NumberRange);
            }
        }
        refuses(Currency, &json!("1,000,000,000,000,000.01"), Code::NumberRange);
        refuses(Percentage, &json!("1000000000000001%"), Code::NumberRange);
    }

    #[test]
    fn no_numbers() {
        for (kind, fault) in
            [(Number, Code::Number), (Currency, Code::Currency), (Percentage, Code::Percentage)]
        {
            for raw in [
                json!("+1"),
                json!("1e3"),
                json!(" 1"),
                json!("1 "),
                json!(".5"),
                json!("5."),
                json!("abc"),
                json!("$5"),
                json!("--1"),
                json!("-"),
                json!("1.2.3"),
                json!(" "),
                json!("١"),
                json!("1\u{0}"),
                json!(true),
                json!([1]),
                json!({}),
            ] {
                refuses(kind, &raw, fault);
            }
        }
        refuses(Number, &json!("1,000"), Code::Number);
        refuses(Number, &json!("5%"), Code::Number);
        refuses(Percentage, &json!("1,000"), Code::Percentage);
    }

    #[test]
    fn commas() {
        gives(Currency, &json!("1,234,567.89"), &json!(1_234_567.89));
        gives(Currency, &json!("-12,345"), &json!(-12_345));
        gives(Currency, &json!("123,456"), &json!(123_456));
        for text in [
            "1,23",
            "12,34,567",
            "1234,567",
            ",123",
            "123,",
            "1,,234",
            "1,234.5,6",
            "1,2345",
            "0,123",
            "-,123",
            "1,234,56.7",
        ] {
            refuses(Currency, &json!(text), Code::CurrencyComma);
        }
        for text in [",", "1,234a", "1,234.", "EUR 1,234", "1.234,", "1,234%"] {
            let want = if text == "1.234," { Code::CurrencyComma } else { Code::Currency };
            refuses(Currency, &json!(text), want);
        }
    }

    #[test]
    fn percents() {
        gives(Percentage, &json!("50%"), &json!(50));
        gives(Percentage, &json!("-12.50%"), &json!(-12.5));
        for text in ["%", "50%%", "50 %", "%50", "5%0"] {
            refuses(Percentage, &json!(text), Code::Percentage);
        }
    }
}
