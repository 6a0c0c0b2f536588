//! A number kept as text: equal numbers have equal texts, and no digit is subject to floating-point
//! rounding.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Number, Value as Json};

/// A number in canonical plain decimal text: no exponent, no leading zeros, no trailing zeros of
/// the fraction, no `-0`. It is ordered as a number, not as text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

impl Decimal {
    /// Reads `-?\d+(\.\d+)?` (contract: fields#number) exactly, of any size; `None` for anything
    /// else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let size = match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            digits => format!("{whole}.{digits}"),
        };
        let negative = unsigned.len() < text.len() && size != "0";
        Some(Self(if negative { format!("-{size}") } else { size }))
    }

    /// The shortest text that reads back as this float; `None` for infinities and NaN.
    pub(super) fn from_f64(number: f64) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an integer, if it is whole and in range.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The key by which magnitudes are ordered: a longer whole part is larger, and fractions of
    /// equal whole parts compare as texts, since they have no trailing zeros.
    fn magnitude(&self) -> (usize, &str, &str) {
        let unsigned = self.0.strip_prefix('-').unwrap_or(&self.0);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        (whole.len(), whole, fraction)
    }

    /// A JSON number, an integer if it has no fraction; the nearest one if JSON can't represent it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let float = || self.0.parse().ok().and_then(Number::from_f64);
        self.to_i64().map(Number::from).or_else(float).map_or(Json::Null, Json::Number)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0.starts_with('-'), other.0.starts_with('-')) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.magnitude().cmp(&other.magnitude()),
            (true, true) => other.magnitude().cmp(&self.magnitude()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

/// Prints the length alone, because numbers may be personal data.
impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} chars>", self.0.len())
    }
}

/// Whether the text is ASCII digits, at least one.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn canonical(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.as_str().to_owned())
    }

    #[test]
    fn one_text_per_number() {
        for (text, want) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("007", "7"),
            ("-007.50", "-7.5"),
            ("0.5", "0.5"),
            ("00.050", "0.05"),
            ("100", "100"),
            ("100.00", "100"),
            ("123456789012345678901234567890.1", "123456789012345678901234567890.1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn only_plain_decimals() {
        for text in [
            "", "-", ".", ".5", "5.", "-.5", "+1", "--1", "1e3", " 1", "1 ", "1,0", "1.2.3", "٣",
            "NaN", "inf", "0x1", "1_0",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn as_json() {
        for (text, want) in [
            ("1000000000000000", "1000000000000000"),
            ("-2.50", "-2.5"),
            ("0.123456789012345", "0.123456789012345"),
            ("9.00719925474099", "9.00719925474099"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_json().to_string(), want);
        }
    }

    #[test]
    fn order_is_that_of_numbers() {
        let numbers =
            ["-100", "-12.5", "-12", "-0.5", "0", "0.05", "0.5", "0.51", "9", "10", "10.01"];
        let numbers: Vec<_> = numbers.iter().map(|text| Decimal::parse(text).unwrap()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn floats() {
        let text = |number| Decimal::from_f64(number).map(|number| number.as_str().to_owned());
        assert_eq!(text(1e3).as_deref(), Some("1000"));
        assert_eq!(text(-0.0).as_deref(), Some("0"));
        assert_eq!(text(1e-7).as_deref(), Some("0.0000001"));
        assert_eq!(text(f64::NAN), None);
        assert_eq!(text(f64::NEG_INFINITY), None);
    }

    #[test]
    fn debug_hides_the_number() {
        assert_eq!(format!("{:?}", Decimal::from(85_000)), "<5 chars>");
    }
}
