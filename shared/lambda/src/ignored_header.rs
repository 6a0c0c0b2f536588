//! The header that names the members that were sent and not read (contract:
//! envelope#ignored-names).

use people_domain::ignored::IgnoredNames;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) const HEADER_NAME: &str = "x-people-ignored";

/// The most bytes of one encoded name.
const ENCODED_NAME_BYTES_MAX: usize = 80;

/// Characters that are encoded: all but letters, digits and those that need no encoding in a URL.
const ESCAPED_CHARS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Formats the names as the header's value, or returns `None` when nothing was ignored.
pub(crate) fn format_header(ignored: &IgnoredNames) -> Option<String> {
    let names: Vec<_> = ignored.names().iter().map(|name| encode_name(name)).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// Percent-encodes a name. A long one is cut after the last character that fits.
fn encode_name(name: &str) -> String {
    let mut encoded = String::new();
    for (at, character) in name.char_indices() {
        let end = at + character.len_utf8();
        let next: String =
            utf8_percent_encode(name.get(at..end).unwrap_or_default(), ESCAPED_CHARS).collect();
        if encoded.len() + next.len() > ENCODED_NAME_BYTES_MAX {
            break;
        }
        encoded += &next;
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    #[test]
    fn names_are_encoded_and_cut() {
        let format = |body: &Json| format_header(&IgnoredNames::of_query(body));
        assert_eq!(format(&json!({ "select": [] })), None);
        let header = format(&json!({ "page": 2, "a,b é": 1, "x\r\ny": 1 }));
        assert_eq!(header.as_deref(), Some("page,a%2Cb%20%C3%A9,x%0D%0Ay"));
        assert_eq!(format(&json!({ "x".repeat(500): 1 })), Some("x".repeat(80)));
        // A character that does not fit is left out as a whole.
        assert_eq!(format(&json!({ "é".repeat(500): 1 })), Some("%C3%A9".repeat(13)));
    }
}
