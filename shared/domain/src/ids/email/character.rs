//! Which characters an address may contain, and which are trimmed at its ends (contract:
//! fields#stored-emails, fields#invisible-characters).

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// The text without the blanks and invisible characters at its ends.
pub(super) fn trim_address(text: &str) -> &str {
    text.trim_matches(is_trimmed_char)
}

/// Whether a character is trimmed at the ends of an address: white space of any script, or an
/// invisible character.
#[inline]
pub(crate) fn is_trimmed_char(c: char) -> bool {
    match c {
        ' ' | '\t'..='\r' => true,
        c if c.is_ascii() => false,
        c => c.is_whitespace() || is_invisible(c),
    }
}

/// Whether an address may contain a character: it is visible, and the pinned version of Unicode
/// assigns it. A later version could give an unassigned one a folding, which would change the
/// person's slot.
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

/// Whether the pinned version of Unicode assigns the code point; private use counts as assigned.
pub(super) fn is_assigned(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) != GeneralCategory::Unassigned
}
