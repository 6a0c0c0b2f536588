//! Addresses in payloads: the scanner finds the key that the row pipeline compares.

use people_domain::ids::email::Email;
use people_domain::jobs::scan::key::{KeyEntry, hash_email_key};
use proptest::prelude::*;
use proptest::sample::select;

use crate::documents;
use crate::reference::scan_pieces;

/// Characters with every kind of case, marks, width and domain form.
const CHARACTERS: &str =
    "aZß\u{1e9e}ςΣıİﬁΐÉéåΩ用例。ａＡǅᏰא٣\u{301}\u{308}\u{345}\u{fe0f}\u{e000}𐐀😀-";

fn part() -> impl Strategy<Value = String> {
    let character = select(CHARACTERS.chars().collect::<Vec<_>>());
    proptest::collection::vec(character, 1..7).prop_map(String::from_iter)
}

/// An address with characters around it that are trimmed, as text and as JSON with some of it
/// escaped.
fn address() -> impl Strategy<Value = (String, String)> {
    let around = || "[ \n\u{ad}\u{200b}\u{202e}\u{2060}\u{feff}\u{3000}]{0,3}";
    (around(), part(), part(), around()).prop_flat_map(|(before, local, host, behind)| {
        let address = format!("{before}{local}@{host}.com{behind}");
        (Just(address.clone()), documents::text(address))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn hashes_are_equal_whenever_keys_are((sent, json) in address(), pieces in proptest::collection::vec(1..20_usize, 1..4)) {
        let email = Email::parse(&sent).unwrap();
        let text = format!(r#"{{"records":[{{"Email":{json}}}]}}"#);
        let expected = [KeyEntry::new(hash_email_key(email.as_key()), 0)];
        for pieces in [&pieces[..], &[]] {
            let scanned = scan_pieces(text.as_bytes(), pieces).unwrap();
            prop_assert_eq!(scanned.keys(), expected, "{} {:?}", text, pieces);
        }
    }
}

#[test]
fn spellings_of_one_address_are_one_key() {
    for (a, b) in [
        (r"Straße@x.com", r"\u0053TRASSE@X.com"),
        (r"a@bücher.de", r"A@xn--bcher-kva.de"),
        (r"a@bücher.de", r"\ufeffa@bu\u0308cher.de\u200b \n"),
        (r"\ud801\udc00@x.com", "\u{10428}@x.com"),
        (r"ΣΊΣΥΦΟΣ@x.gr", r"σίσυφος@x.gr"),
    ] {
        let text = format!(r#"{{"records":[{{"Email":"{a}"}},{{"Email":"{b}"}}]}}"#);
        let scanned = scan_pieces(text.as_bytes(), &[]).unwrap();
        let [first, second] = scanned.keys() else { panic!("{a} or {b} is no key") };
        assert_eq!(first.hash(), second.hash(), "{a} {b}");
    }
    for none in [r"a\u200bb@x.com", r"a@x\u00ad.com", "a@x .com"] {
        let text = format!(r#"{{"records":[{{"Email":"{none}"}}]}}"#);
        assert!(scan_pieces(text.as_bytes(), &[]).unwrap().keys().is_empty(), "{none}");
    }
}
