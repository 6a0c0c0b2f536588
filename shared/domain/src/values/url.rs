//! URL (contract: fields#url): optional `http(s)://`, a dotted host, no blanks.

use serde_json::Value as Json;

use super::text::{fits_length, has_blanks, is_dotted_host};
use crate::code::Code;

/// Reads a URL and keeps it as sent.
pub(super) fn parse_url(raw: &Json, max_length: usize) -> Result<String, Code> {
    let is_url = |url: &&str| fits_length(url, max_length) && !has_blanks(url) && has_host(url);
    let url = raw.as_str().filter(is_url).ok_or(Code::Url)?;
    Ok(url.to_owned())
}

/// Whether the URL has a valid host, which may have a port. A user name before the host is refused:
/// it disguises the target of a link, and without it an email address is not a URL.
fn has_host(url: &str) -> bool {
    let rest = without_scheme(url);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.split_once(':') {
        Some((host, port)) => is_dotted_host(host) && is_port(port),
        None => is_dotted_host(authority),
    }
}

fn without_scheme(url: &str) -> &str {
    match url.split_once("://") {
        Some((scheme, rest)) if is_web(scheme) => rest,
        _ => url,
    }
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn is_port(text: &str) -> bool {
    super::decimal::is_digits(text) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::code::Code;
    use crate::values::FieldType::Url;
    use crate::values::cases::{keeps, refuses};

    #[test]
    fn urls() {
        for url in [
            "https://www.linkedin.com/in/john",
            "HTTP://Example.COM",
            "linkedin.com/in/john?a=b#c",
            "example.com:8080/a",
            "https://example.com?x=http://y",
            "https://medium.com/@john",
            "https://bücher.example/ü",
            "http://127.0.0.1/",
        ] {
            keeps(Url, url);
        }
    }

    #[test]
    fn no_urls() {
        for text in [
            "http://",
            "https:///path",
            "http://localhost",
            "example",
            "example.",
            ".com",
            "ftp://example.com",
            "//example.com",
            "http:example.com",
            "http:/example.com",
            "http://exa mple.com",
            "http://example.com/a b",
            " http://example.com",
            "a.com\u{0}",
            "a.com/\n",
            "john@example.com",
            "http://u:p@example.com",
            "example.com:",
            "example.com:99999",
            "example.com:+80",
            "javascript:alert(1)",
            "http://http://a.com",
            "a.com/\u{a0}",
            " ",
        ] {
            refuses(Url, &json!(text), Code::Url);
        }
        for raw in [json!(1), json!(false), json!(["a.com"]), json!({})] {
            refuses(Url, &raw, Code::Url);
        }
    }

    #[test]
    fn lengths() {
        keeps(Url, &format!("a.com/{}", "x".repeat(1_017)));
        keeps(Url, &format!("a.com/{}", "😀".repeat(1_018)));
        refuses(Url, &json!(format!("a.com/{}", "x".repeat(1_019))), Code::Url);
    }
}
