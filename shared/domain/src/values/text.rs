//! STRING and RICHTEXTAREA (contract: fields#string), and the checks that other text types share.

use serde_json::Value as Json;

use crate::code::Code;

/// Reads JSON text and keeps it as sent, control characters included; a number or boolean is
/// refused.
pub(super) fn parse_text(raw: &Json, max_length: usize) -> Result<String, Code> {
    let text = raw.as_str().filter(|text| fits_length(text, max_length)).ok_or(Code::String)?;
    Ok(text.to_owned())
}

/// Whether the text has at most `max_length` code points, which unlike bytes are the same in every
/// encoding.
pub(super) fn fits_length(text: &str, max_length: usize) -> bool {
    text.chars().nth(max_length).is_none()
}

/// Whether the text is a dotted host: `a.b`, no label empty. A label may contain every visible
/// character beyond ASCII, for international names; of ASCII letters, digits, `-` and `_`.
pub(super) fn is_dotted_host(host: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_host_char);
    host.contains('.') && host.split('.').all(is_label)
}

/// Whether the text contains white space of any script, or control characters.
pub(super) fn has_blanks(text: &str) -> bool {
    text.chars().any(is_blank)
}

fn is_host_char(c: char) -> bool {
    matches!(c, '-' | '_') || c.is_ascii_alphanumeric() || (!c.is_ascii() && !is_blank(c))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_dotted_host;
    use crate::code::Code;
    use crate::values::FieldType::{RichTextArea, String};
    use crate::values::cases::{keeps, refuses};

    #[test]
    fn texts() {
        for text in [" ", " padded ", "a\u{0}b", "\u{7}\u{1b}[0m", "line\r\nline", "null", "true"] {
            keeps(String, text);
            keeps(RichTextArea, text);
        }
    }

    #[test]
    fn lengths_are_in_code_points() {
        for (unit, points) in [("a", 1), ("é", 1), ("e\u{301}", 2), ("😀", 1), ("👨‍👩‍👧", 5)]
        {
            keeps(String, &unit.repeat(255 / points));
            refuses(String, &json!(unit.repeat(255 / points + 1)), Code::String);
        }
        keeps(String, &"a".repeat(254));
        refuses(String, &json!("a".repeat(256)), Code::String);
        keeps(RichTextArea, &"ä".repeat(32_000));
        refuses(RichTextArea, &json!("ä".repeat(32_001)), Code::String);
    }

    #[test]
    fn no_texts() {
        for raw in [json!(1), json!(1.5), json!(true), json!(["a"]), json!({})] {
            refuses(String, &raw, Code::String);
            refuses(RichTextArea, &raw, Code::String);
        }
    }

    #[test]
    fn hosts() {
        for host in ["a.b", "my-site.example_1.com", "bücher.example", "例え.テスト", "127.0.0.1"]
        {
            assert!(is_dotted_host(host), "{host}");
        }
        for host in ["", "a", ".", "a.", ".a", "a..b", "a b.c", "a\u{3000}b.c", "a.b,", "[a.b]"] {
            assert!(!is_dotted_host(host), "{host}");
        }
    }
}
