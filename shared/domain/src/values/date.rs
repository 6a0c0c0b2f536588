//! DATE and DATETIME (contract: fields#date-and-datetime, get#printed-dates): many input forms,
//! stored as milliseconds, one output form.
//!
//! Moments are civil times in UTC: jiff's `Timestamp` ends a day before the year 9999 does, and
//! 9999-12-31 is a common date for "never". The years are 0001 to 9999.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time, date};
use serde_json::Value as Json;

use super::date_text;
use super::decimal::is_digits;
use crate::code::Code;

const EPOCH: DateTime = date(1970, 1, 1).to_datetime(Time::midnight());

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Smaller numbers are not epoch milliseconds but dates without separators, such as 210318.
const MIN_EPOCH_MILLIS: i64 = 100_000_000_000;

/// Reads a DATETIME as milliseconds since 1970-01-01 UTC.
pub(super) fn parse_datetime(raw: &Json) -> Result<i64, Code> {
    let millis = match raw {
        Json::String(text) if is_digits(text) => text.parse().ok().and_then(check_epoch_millis),
        Json::String(text) => date_text::parse_date_text(text),
        _ => parse_whole_number(raw).and_then(check_epoch_millis),
    };
    millis.filter(|millis| is_supported_year(*millis)).ok_or(Code::DateTime)
}

/// Reads a DATE as the milliseconds of its midnight in UTC; a moment is its day in UTC.
pub(super) fn parse_date(raw: &Json) -> Result<i64, Code> {
    parse_datetime(raw).map(|millis| millis - millis.rem_euclid(MILLIS_PER_DAY))
}

/// The moment as GET shows it (contract: get#printed-dates): `yyyy-MM-ddTHH:mm:ss.SSS` in UTC
/// without a zone, without trailing zeros of the fraction, and without its dot if nothing is left.
/// `millis` counts from 1970-01-01 UTC; beyond the years -9999 to 9999 the nearest moment within
/// them is formatted.
#[must_use]
pub fn format_datetime(millis: i64) -> String {
    to_civil_time(millis).to_string()
}

/// The day as GET shows it: `yyyy-MM-dd`.
pub(super) fn format_date(millis: i64) -> String {
    to_civil_time(millis).date().to_string()
}

fn to_civil_time(millis: i64) -> DateTime {
    EPOCH.saturating_add(SignedDuration::from_millis(millis))
}

/// Milliseconds since 1970-01-01 of a civil time in UTC.
pub(super) fn millis_since_epoch(moment: DateTime) -> Option<i64> {
    i64::try_from(moment.duration_since(EPOCH).as_millis()).ok()
}

/// A whole number in any notation, also `1e12`.
#[allow(clippy::cast_possible_truncation, reason = "what is beyond an i64 is beyond all years")]
fn parse_whole_number(raw: &Json) -> Option<i64> {
    let float = || raw.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as i64);
    raw.as_i64().or_else(float)
}

fn check_epoch_millis(millis: i64) -> Option<i64> {
    (millis >= MIN_EPOCH_MILLIS).then_some(millis)
}

fn is_supported_year(millis: i64) -> bool {
    let start = date(1, 1, 1).to_datetime(Time::midnight());
    (millis_since_epoch(start)..=millis_since_epoch(DateTime::MAX)).contains(&Some(millis))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MIN_EPOCH_MILLIS, format_datetime, to_civil_time};
    use crate::code::Code;
    use crate::values::FieldType::DateTime;
    use crate::values::cases::{gives, refuses};

    #[test]
    fn epoch_milliseconds() {
        let want = json!("2024-03-18T10:20:30.456");
        gives(DateTime, &json!(1_710_757_230_456_i64), &want);
        gives(DateTime, &json!("1710757230456"), &want);
        let last = 253_402_300_799_999_i64;
        gives(DateTime, &json!(MIN_EPOCH_MILLIS), &json!("1973-03-03T09:46:40"));
        gives(DateTime, &json!(last), &json!("9999-12-31T23:59:59.999"));
        for millis in [0, 210_318, 99_999_999_999, -MIN_EPOCH_MILLIS, last + 1, i64::MAX, i64::MIN]
        {
            refuses(DateTime, &json!(millis), Code::DateTime);
            refuses(DateTime, &json!(millis.to_string()), Code::DateTime);
        }
        gives(DateTime, &json!(1.7e12), &json!("2023-11-14T22:13:20"));
        let others =
            [json!(u64::MAX), json!(1.7e12 + 0.5), json!(1.7e300), json!(1e10), json!(true)];
        let others = others.into_iter().chain([json!([2024]), json!({})]);
        for raw in others {
            refuses(DateTime, &raw, Code::DateTime);
        }
    }

    #[test]
    fn every_count_prints() {
        assert_eq!(format_datetime(0), "1970-01-01T00:00:00");
        assert_eq!(format_datetime(-1), "1969-12-31T23:59:59.999");
        assert_eq!(format_datetime(10), "1970-01-01T00:00:00.01");
        assert_eq!(format_datetime(1_000), "1970-01-01T00:00:01");
        assert_eq!(to_civil_time(i64::MAX), jiff::civil::DateTime::MAX);
        assert_eq!(to_civil_time(i64::MIN), jiff::civil::DateTime::MIN);
    }
}
