//! Spellings of one address have one key: every code point, and random texts.

use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::character::{is_address_char, trim_address};
use super::super::form::{domain_to_ascii, fold_address, fold_case};
use super::*;
use crate::jobs::scan::key::{hash_email, hash_email_key};

fn nfd(text: &str) -> String {
    DecomposingNormalizer::new_nfd().normalize(text).into_owned()
}

/// Dotless i: its capital is that of i, but only Turkish folds it so.
const ODD: [char; 1] = ['ı'];

#[test]
fn every_character_is_one_in_any_case_and_normal_form() {
    for c in ('\0'..=char::MAX).filter(|c| is_address_char(*c) && !ODD.contains(c)) {
        let text = c.to_string();
        let folded = fold_case(&text);
        for other in [text.to_lowercase(), text.to_uppercase(), nfd(&text), folded.clone()] {
            assert_eq!(fold_case(&other), folded, "{c} {:x} as {other}", u32::from(c));
        }
    }
}

/// Characters whose case, marks or domain forms are of every kind.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => select("aAzZ0-_ßẞſςσΣıİIﬁΐΰᾳᾼΆάᾴ\u{1e9e}ǰŉǅéÉåÅΩ用户例テ。ａＡᏰꭰאا०\u{301}\u{308}\u{323}\u{307}\u{345}\u{fe0f}𐐀𐐨😀".chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_filter("may stand in an address", |c| is_address_char(*c)),
    ]
}

fn text(max_chars: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(character(), 1..max_chars).prop_map(String::from_iter)
}

fn address() -> impl Strategy<Value = Email> {
    (text(8), text(6), text(6))
        .prop_map(|(local, host, top)| Email::parse(&format!("{local}@{host}.{top}")))
        .prop_filter_map("no address", Result::ok)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn canonically_equal_local_parts_are_one(local in text(8)) {
        prop_assert_eq!(fold_case(&nfd(&local)), fold_case(&local));
        let composed = ComposingNormalizer::new_nfc().normalize(&local).into_owned();
        prop_assert_eq!(fold_case(&composed), fold_case(&local));
    }

    #[test]
    fn local_parts_are_one_in_any_case(local in text(8)) {
        // The case and the order of an iota subscript and further marks depend on each other: no
        // form suits all.
        let local = ComposingNormalizer::new_nfc().normalize(&local);
        prop_assume!(!local.contains(ODD) && !local.contains('\u{345}'));
        prop_assert_eq!(fold_case(&local.to_uppercase()), fold_case(&local));
        prop_assert_eq!(fold_case(&local.to_lowercase()), fold_case(&local));
    }

    #[test]
    fn a_key_folds_to_itself(email in address()) {
        prop_assert_eq!(fold_address(email.key()), email.key());
    }

    #[test]
    fn spaces_around_change_nothing(email in address(), around in "[ \u{200b}\u{feff}\u{a0}\u{ad}\n]{0,4}") {
        let padded = Email::parse(&format!("{around}{}{around}", email.as_sent())).unwrap();
        prop_assert_eq!(padded, email);
    }

    #[test]
    fn the_scanner_hashes_the_key(email in address()) {
        prop_assert_eq!(hash_email(email.as_sent()), hash_email_key(email.as_key()));
        prop_assert_eq!(comparable_text(email.as_sent()), email.key());
        prop_assert_eq!(trim_address(email.as_sent()), email.as_sent());
    }

    #[test]
    fn uts_46_only_lowers_ascii(labels in "(xn--)?[a-zA-Z0-9-]{0,12}(\\.(XN--)?[a-zA-Z0-9-_]{0,12}){0,2}") {
        prop_assert_eq!(domain_to_ascii(&labels), labels.to_ascii_lowercase());
    }
}
