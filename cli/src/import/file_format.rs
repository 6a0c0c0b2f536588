//! Detects the format of a file by its first bytes. Formats that can never be a payload are refused
//! before they are sent, with what to do; everything else is left to the service to judge.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Unpacked bytes that are examined.
pub(super) const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// The byte order mark of UTF-8; a payload may start with it.
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// First bytes of files of other formats.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const UTF16_BOMS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// A format that is not a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForeignFormat {
    Csv,
    Xlsx,
    Utf16,
    /// A JSON list outside of an object.
    List,
    /// Several JSON objects, each a row.
    Lines,
    /// Several JSON objects, each a payload.
    Payloads,
    /// Neither a JSON object nor one of the formats above.
    Unknown,
}

/// Members of the first object that distinguish a payload from a row.
#[derive(Deserialize)]
struct FirstObject {
    records: Option<IgnoredAny>,
}

impl ForeignFormat {
    /// Detects a foreign format; `None` if the file may be a payload.
    pub(super) fn detect_format(head: &[u8]) -> Option<Self> {
        if head.starts_with(ZIP_MAGIC) {
            return Some(Self::Xlsx);
        }
        if UTF16_BOMS.iter().any(|mark| head.starts_with(mark)) {
            return Some(Self::Utf16);
        }
        let text = trim_json_space(head.strip_prefix(UTF8_BOM).unwrap_or(head));
        match text.first()? {
            b'{' => Self::detect_objects(text),
            b'[' => Some(Self::List),
            _ if has_columns(text) => Some(Self::Csv),
            _ => Some(Self::Unknown),
        }
    }

    /// Distinguishes rows and payloads that follow one another. A first object that is truncated or
    /// invalid is left to the service.
    fn detect_objects(text: &[u8]) -> Option<Self> {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<FirstObject>();
        let FirstObject { records } = values.next()?.ok()?;
        let rest = text.get(values.byte_offset()..)?;
        match (trim_json_space(rest).first()?, records) {
            (b'{', None) => Some(Self::Lines),
            (b'{', Some(_)) => Some(Self::Payloads),
            _ => None,
        }
    }
}

/// Strips leading JSON white space.
fn trim_json_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !b" \t\r\n".contains(byte));
    start.and_then(|start| text.get(start..)).unwrap_or_default()
}

/// Whether the first line has more than one column.
fn has_columns(text: &[u8]) -> bool {
    let line = text.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    std::str::from_utf8(line).is_ok_and(|line| line.contains([',', ';', '\t']))
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = r#"a payload is {"records":[{"Email":…}, …]}"#;
        let from_lines = r#"turn each line into an object of the list "records""#;
        match self {
            Self::Csv => write!(f, "looks like CSV; {payload}: {from_lines}"),
            Self::Xlsx => write!(
                f,
                "looks like XLSX, or is a zip file; {payload}: save the sheet as CSV and {from_lines}, \
                 or unpack what is zipped (a payload may be packed by gzip)"
            ),
            Self::Utf16 => write!(
                f,
                "looks like UTF-16; a payload is in UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8`"
            ),
            Self::List => write!(
                f,
                "looks like a JSON list alone; {payload}: put the list into {{\"records\": …}} \
                 (`jq '{{records: .}}' FILE > payload.json`)"
            ),
            Self::Lines => write!(
                f,
                "looks like JSON lines; {payload}: put the objects into {{\"records\":[…]}} with commas \
                 (`jq -s '{{records: .}}' FILE > payload.json`)"
            ),
            Self::Payloads => f.write_str(
                "has several payloads one after another: import each from a file of its own",
            ),
            Self::Unknown => write!(f, "is no JSON object; {payload}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_another_form_are_recognised() {
        for (head, format) in [
            (&b"Email,FirstName\na@abc.com,Ann\n"[..], ForeignFormat::Csv),
            (b"\"Email\";\"FirstName\"\r\n", ForeignFormat::Csv),
            (b"\xEF\xBB\xBFEmail\tFirstName\n", ForeignFormat::Csv),
            (b"PK\x03\x04\x14\0\x06\0", ForeignFormat::Xlsx),
            (b"\xFF\xFE{\0\"\0", ForeignFormat::Utf16),
            (b"\xFE\xFF\0{\0\"", ForeignFormat::Utf16),
            (b" \n[{\"Email\":\"a@abc.com\"}]", ForeignFormat::List),
            (b"[", ForeignFormat::List),
            (b"{\"Email\":\"a\"}\n{\"Email\":\"b\"}\n", ForeignFormat::Lines),
            (b"\xEF\xBB\xBF{\"Email\":\"a, {\"} {", ForeignFormat::Lines),
            (b"{\"Email\":[{\"records\":1}]}{\"Email\"", ForeignFormat::Lines),
            (b"{\"records\":[]}\r\n{\"records\":[]}", ForeignFormat::Payloads),
            (b"Email\na@abc.com\n", ForeignFormat::Unknown),
            (b"PAR1\x15\x04\xFF,", ForeignFormat::Unknown),
            (b"\"records\"", ForeignFormat::Unknown),
        ] {
            let text = String::from_utf8_lossy(head);
            assert_eq!(ForeignFormat::detect_format(head), Some(format), "{text}");
        }
    }

    #[test]
    fn what_may_be_a_payload_is_sent() {
        let deep = format!("{{\"a\":{}", "[".repeat(10_000));
        let cut = format!("{{\"Email\":\"{}", "é".repeat(40_000));
        for head in [
            &b""[..],
            b" \n",
            b"\xEF\xBB\xBF {\"records\":[]}",
            b"{\"records\":[]}\n",
            b"{\"records\":[{\"a\":1},{\"b\":2}]} \t\r\n",
            b"\r\n{\"lookups\":{\"companies\":{}},\"records\":[{",
            b"{\"anything\":[1,{\"x\":\"}{\"}],\"records\":[]}",
            b"{\"Email\":\"a\"}",
            b"{\"Email\":\"a\"}\n",
            b"{\"Email\":\"a\"},\n{\"Email\":\"b\"}",
            b"{\"records\":[{]}\n{\"records\":[]}",
            b"{",
            deep.as_bytes(),
            &cut.as_bytes()[..cut.len() - 1],
        ] {
            assert_eq!(
                ForeignFormat::detect_format(head),
                None,
                "{}",
                String::from_utf8_lossy(head)
            );
        }
    }
}
