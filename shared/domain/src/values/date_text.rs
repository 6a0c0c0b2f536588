//! Texts of a day or a moment (contract: fields#date-and-datetime): ISO 8601, also with a blank for
//! the `T`, and `MM/dd/yyyy`.

use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

use super::date::millis_since_epoch;

/// All time zones are within 14 hours of UTC.
const MAX_OFFSET_SECONDS: i32 = 14 * 3_600;

/// Decimals of a second that are kept; further ones are truncated.
const FRACTION_DIGITS: usize = 3;

/// Milliseconds since 1970-01-01 UTC; a day is read as its midnight in UTC.
pub(super) fn parse_date_text(text: &str) -> Option<i64> {
    if has_shape(text, "00/00/0000") {
        let day = Date::strptime("%m/%d/%Y", text).ok()?;
        return millis_since_epoch(day.to_datetime(Time::midnight()));
    }
    parse_iso(text)
}

/// Reads ISO 8601 in its form with hyphens; without time or zone it is midnight or UTC. jiff reads
/// second 60 as 59, so that a leap second becomes the second before it. Names of zones and
/// calendars in brackets are not part of ISO 8601.
fn parse_iso(text: &str) -> Option<i64> {
    if !has_shape(text.get(..10)?, "0000-00-00") || text.contains('[') {
        return None;
    }
    let text = truncate_fraction(text);
    let pieces = Pieces::parse(&text).ok()?;
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC).seconds();
    if offset.abs() > MAX_OFFSET_SECONDS || offset % 60 != 0 {
        return None;
    }
    let local = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    Some(millis_since_epoch(local)? - i64::from(offset) * 1_000)
}

/// Truncates the text of the fraction to milliseconds: jiff reads nine digits, and truncating the
/// number afterwards would round times before 1970 up.
fn truncate_fraction(text: &str) -> String {
    let Some((whole, rest)) = text.split_once('.') else {
        return text.to_owned();
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let fraction = rest.strip_suffix(zone).unwrap_or(rest);
    format!("{whole}.{fraction:.FRACTION_DIGITS$}{zone}")
}

/// Whether the text has a digit wherever the shape has a 0, and the shape's characters elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    let as_shape = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
    text.bytes().map(as_shape).eq(shape.bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::code::Code;
    use crate::values::FieldType::{Date, DateTime};
    use crate::values::cases::{gives, read, refuses};

    #[test]
    fn moments() {
        for (text, want) in [
            ("2024-03-18T10:20:30.456Z", "2024-03-18T10:20:30.456"),
            ("2024-03-18T10:20:30.450Z", "2024-03-18T10:20:30.45"),
            ("2024-03-18T10:20:30.4Z", "2024-03-18T10:20:30.4"),
            ("2024-03-18T10:20:30.000Z", "2024-03-18T10:20:30"),
            ("2024-03-18T10:20:30.4569999999999999Z", "2024-03-18T10:20:30.456"),
            ("2024-03-18T10:20:30.0009+00:00", "2024-03-18T10:20:30"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999"),
            ("2024-03-18T10:20:30,5Z", "2024-03-18T10:20:30.5"),
            ("2024-03-18T10:20:30", "2024-03-18T10:20:30"),
            ("2024-03-18T10:20", "2024-03-18T10:20:00"),
            ("2024-03-18T10:20Z", "2024-03-18T10:20:00"),
            ("2024-03-18t10:20:30z", "2024-03-18T10:20:30"),
            ("2024-03-18 10:20:30", "2024-03-18T10:20:30"),
            ("2024-03-18 10:20:30.5+01:00", "2024-03-18T09:20:30.5"),
            ("2024-03-18", "2024-03-18T00:00:00"),
            ("03/18/2024", "2024-03-18T00:00:00"),
            ("2024-03-18T10:20:30+05:30", "2024-03-18T04:50:30"),
            ("2024-03-18T10:20:30+0530", "2024-03-18T04:50:30"),
            ("2024-03-18T10:20:30-08", "2024-03-18T18:20:30"),
            ("2024-03-18T10:20:30-00:00", "2024-03-18T10:20:30"),
            ("2024-03-18T10:20:30+14:00", "2024-03-17T20:20:30"),
            ("2024-03-18T10:20:30-14:00", "2024-03-19T00:20:30"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999"),
        ] {
            gives(DateTime, &json!(text), &json!(want));
        }
    }

    #[test]
    fn days() {
        for (text, want) in [
            ("2024-02-29", "2024-02-29"),
            ("2000-02-29", "2000-02-29"),
            ("02/29/2024", "2024-02-29"),
            ("2024-03-18 23:59:59", "2024-03-18"),
            ("2024-03-18T23:00:00-05:00", "2024-03-19"),
            ("2024-03-18T01:00:00+14:00", "2024-03-17"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31"),
            ("1970-01-01", "1970-01-01"),
            ("0001-01-01", "0001-01-01"),
            ("9999-12-31", "9999-12-31"),
            ("1710757230456", "2024-03-18"),
        ] {
            gives(Date, &json!(text), &json!(want));
        }
    }

    #[test]
    fn no_dates() {
        for text in [
            "2023-02-29",
            "1900-02-29",
            "02/29/2023",
            "2024-02-30",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "13/01/2024",
            "3/18/2024",
            "18/03/2024",
            "03-18-2024",
            "2024/03/18",
            "24-03-18",
            "2024-3-18",
            "20240318T102030Z",
            "+002024-03-18",
            "-2024-03-18",
            "2024-W12-1",
            "2024-078",
            "2024-03",
            "2024-03-18T",
            "2024-03-18Z",
            "2024-03-18+01:00",
            "2024-03-18T24:00:00Z",
            "2024-03-18T10:60:00Z",
            "2024-03-18T10:20:61Z",
            "2024-03-18T10:20:30.Z",
            "2024-03-18T10:20:30.1.2Z",
            "2024-03-18T10:20.5Z",
            "2024-03-18T10:20:30+14:01",
            "2024-03-18T10:20:30-14:01",
            "2024-03-18T10:20:30+15:00",
            "2024-03-18T10:20:30+05:30:15",
            "2024-03-18T10:20:30+5",
            "2024-03-18T10:20:30 Z",
            "2024-03-18T10:20:30[UTC]",
            "2024-03-18T10:20:30Z[u-ca=iso8601]",
            "2024-03-18T10:20:30 UTC",
            " 2024-03-18",
            "2024-03-18 ",
            "2024-03-18\u{0}",
            "2024-03-1😀",
            "٢٠٢٤-03-18",
            "today",
            "-",
            " ",
            "0000-12-31",
            "00/01/2024",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "1710757230456.0",
            "-1710757230456",
            "99999999999999999999999999",
        ] {
            refuses(DateTime, &json!(text), Code::DateTime);
            refuses(Date, &json!(text), Code::DateTime);
        }
    }

    #[test]
    fn a_leap_second_may_have_a_fraction() {
        let read = |text: &str| read(DateTime, &json!(text));
        assert_eq!(read("2016-12-31T23:59:60.5Z"), Ok(Json::from("2016-12-31T23:59:59.5")));
    }
}
