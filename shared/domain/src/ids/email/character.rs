//! Which characters an address may hold, and which are cut at its ends (contract:
//! fields#stored-emails, fields#invisible-characters).

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// The text without the blanks and invisible characters around it.
pub(super) fn trim_address(text: &str) -> &str {
    text.trim_matches(is_trimmed_char)
}

/// Whether a character is cut at the ends of an address: white space of any script, or invisible.
#[inline]
pub(crate) fn is_trimmed_char(c: char) -> bool {
    match c {
        ' ' | '\t'..='\r' => true,
        c if c.is_ascii() => false,
        c => c.is_whitespace() || is_invisible(c),
    }
}

/// Whether a character may stand inside an address: it can be seen, and the pinned version of
/// Unicode assigns it. What a later version makes of an unassigned one could move a person.
pub(crate) fn is_address_char(c: char) -> bool {
    c.is_ascii() || (!is_invisible(c) && is_assigned(c))
}

/// Marks of joining and direction, soft hyphen and byte order mark, contract: fields#stored-emails.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
    )
}

/// Whether the pinned version of Unicode assigns the code point; one for private use counts.
pub(super) fn is_assigned(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) != GeneralCategory::Unassigned
}
