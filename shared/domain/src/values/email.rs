//! EMAIL (contract: fields#email): one `@`, a dotted domain, at most 254 code points.
//!
//! The grammar of RFC 5322 (comments, quotes, display names) is left out on purpose: it allows
//! texts that name no mailbox, and senders do not use it.

use serde_json::Value as Json;

use super::text::{fits_length, has_blanks, is_dotted_host};
use crate::code::Code;
use crate::ids::email::{is_address_char, is_trimmed_char};

/// The longest address in code points, whatever the metadata allows.
pub(super) const ADDRESS_CHARS_MAX: usize = 254;

/// Reads an EMAIL: blanks and invisible characters at its ends are trimmed, otherwise it is kept as
/// sent. Text of them alone is refused, not read as null.
pub(super) fn parse_email(raw: &Json, max_length: usize) -> Result<String, Code> {
    let email = raw.as_str().ok_or(Code::Email)?.trim_matches(is_trimmed_char);
    if fits_length(email, max_length.min(ADDRESS_CHARS_MAX)) && is_email(email) {
        return Ok(email.to_owned());
    }
    Err(Code::Email)
}

/// Whether the text is an address of any length. The check of the domain refuses a second `@`.
pub(crate) fn is_email(email: &str) -> bool {
    let has_form = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !has_blanks(local) && is_dotted_host(domain)
    });
    has_form && email.chars().all(is_address_char)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::code::Code;
    use crate::values::FieldType::Email;
    use crate::values::cases::{gives, keeps, refuses};

    #[test]
    fn emails() {
        for email in [
            "a@b.c",
            "John.Smith+tag@Mail.Example.COM",
            "o'brien@example.com",
            "用户@例え.テスト",
            "a..b@example.com",
            "john@my_host.example",
            "straße@faß.de",
            "\u{e000}@x.com",
        ] {
            keeps(Email, email);
        }
        for around in [" \t", "\n", "\u{feff}", "\u{200b} \u{2064}\u{a0}", "\u{ad}\u{202e}\u{200f}"]
        {
            let text = format!("{around}John@x.com{around}");
            gives(Email, &json!(text), &json!("John@x.com"));
        }
    }

    #[test]
    fn no_emails() {
        for text in [
            "johnsmith@",
            "@x.com",
            "john",
            "john@x",
            "john@.com",
            "john@x.",
            "john@x..com",
            "@",
            "a@b@c.com",
            "jo hn@x.com",
            "john@x .com",
            "john\u{0}@x.com",
            "john@x\u{0}.com",
            "John <john@x.com>",
            "john@x.com;",
            "john@x.com,jane@x.com",
            " ",
            "jo\u{a0}hn@x.com",
            "john@[127.0.0.1]",
            "jo\u{200b}hn@x.com",
            "john@x\u{ad}y.com",
            "john\u{2060}@x.com",
            "john@x\u{200d}y.com",
            "\u{202a}john@x.\u{202c}com",
            "\u{378}@x.com",
            "john@\u{10ffff}.com",
            "\u{feff}\u{200b} ",
        ] {
            refuses(Email, &json!(text), Code::Email);
        }
        for raw in [json!(1), json!(true), json!(["a@b.c"]), json!({})] {
            refuses(Email, &raw, Code::Email);
        }
    }

    #[test]
    fn lengths() {
        keeps(Email, &format!("{}@b.c", "a".repeat(249)));
        keeps(Email, &format!("{}@b.c", "😀".repeat(250)));
        gives(
            Email,
            &json!(format!("  {}@b.c  ", "a".repeat(250))),
            &json!(format!("{}@b.c", "a".repeat(250))),
        );
        for count in [251, 252] {
            refuses(Email, &json!(format!("{}@b.c", "a".repeat(count))), Code::Email);
        }
    }
}
