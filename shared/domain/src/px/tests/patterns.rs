//! Patterns of filters, in which `*` stands for any characters and `?` for one.

use proptest::prelude::*;
use wildmatch::WildMatch;

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
        prop_assert_eq!(WildMatch::new(&pattern).matches(&text), want);
    }
}

#[test]
fn many_stars_take_no_longer() {
    let pattern = "*a".repeat(500);
    assert!(!WildMatch::new(&pattern).matches(&"a".repeat(499)));
}
