//! The header that names what was sent and left out (contract: envelope#ignored-names).

use people_domain::ignored::IgnoredNames;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The name of the header.
pub(crate) const HEADER_NAME: &str = "x-people-ignored";

/// Bytes of a name, encoded.
const ENCODED_NAME_BYTES_MAX: usize = 80;

/// Characters that are encoded: all but letters, digits and those that no URL encodes.
const ESCAPED_CHARS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The names as the header has them; none when there are none.
pub(crate) fn format_header(ignored: &IgnoredNames) -> Option<String> {
    let names: Vec<_> = ignored.names().iter().map(|name| encode_name(name)).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// A name, percent-encoded; of a long one as many characters as there is room for.
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
        let of = |body: &Json| format_header(&IgnoredNames::of_query(body));
        assert_eq!(of(&json!({ "select": [] })), None);
        let told = of(&json!({ "page": 2, "a,b é": 1, "x\r\ny": 1 }));
        assert_eq!(told.as_deref(), Some("page,a%2Cb%20%C3%A9,x%0D%0Ay"));
        assert_eq!(of(&json!({ "x".repeat(500): 1 })), Some("x".repeat(80)));
        // A character that does not fit goes whole.
        assert_eq!(of(&json!({ "é".repeat(500): 1 })), Some("%C3%A9".repeat(13)));
    }
}
