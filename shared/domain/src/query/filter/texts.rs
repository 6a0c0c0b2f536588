//! Texts that may be searched for as they are stored although the comparison ignores case.

/// The combining dot that the lower case of `İ` has beside its `i`. It has no case of its own.
const COMBINING_DOT: char = '\u{307}';

/// Whether a text has no letters with a case, so that it is in the lower case of a stored text just
/// where it is in the stored text.
pub(super) fn is_uncased(text: &str) -> bool {
    text.chars().all(is_uncased_char)
}

fn is_uncased_char(c: char) -> bool {
    c != COMBINING_DOT && c.to_lowercase().eq([c]) && c.to_uppercase().eq([c])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No other character becomes an uncased one in lower case, and an uncased one stays itself.
    #[test]
    fn lower_case_neither_makes_nor_changes_uncased_characters() {
        for c in '\0'..=char::MAX {
            let mut lower = c.to_lowercase();
            assert!(lower.all(|made| made == c || !is_uncased_char(made)), "{c:?}");
            assert!(!is_uncased_char(c) || c.to_lowercase().eq([c]), "{c:?}");
        }
        for (text, uncased) in
            [("2024-01", true), ("日本", true), ("a1", false), ("É", false), ("", true)]
        {
            assert_eq!(is_uncased(text), uncased, "{text}");
        }
    }
}
