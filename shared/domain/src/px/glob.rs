//! Patterns in which `*` stands for any characters and `?` for one.

/// A pattern that whole texts match.
#[derive(Debug, Clone)]
pub(super) struct Glob(Vec<char>);

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let mut chars: Vec<_> = pattern.chars().collect();
        // Several stars in a row are one.
        chars.dedup_by(|a, b| *a == '*' && *b == '*');
        Self(chars)
    }

    /// Whether the whole text matches. Only the last star is tried again: what an earlier one might
    /// take, the last can take too.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<_> = text.chars().collect();
        let (mut at, mut read, mut star) = (0, 0, None);
        while let Some(character) = text.get(read) {
            match self.0.get(at) {
                Some('*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(wanted) if *wanted == '?' || wanted == character => {
                    (at, read) = (at + 1, read + 1);
                }
                _ => match star {
                    Some((star_at, from)) => {
                        star = Some((star_at, from + 1));
                        (at, read) = (star_at + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0.iter().skip(at).all(|left| *left == '*')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, character by character.
    fn is_match(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|taken| is_match(rest, &text[taken..])),
            (['?', pattern @ ..], [_, text @ ..]) => is_match(pattern, text),
            ([wanted, pattern @ ..], [character, text @ ..]) => {
                wanted == character && is_match(pattern, text)
            }
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn a_pattern_matches_as_defined(pattern in "[ab*?]{0,7}", text in "[ab]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let want = is_match(&chars(&pattern), &chars(&text));
            prop_assert_eq!(Glob::new(&pattern).matches(&text), want);
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        let pattern = "*a".repeat(500);
        assert!(!Glob::new(&pattern).matches(&"a".repeat(499)));
    }
}
