//! The Unicode data behind email keys: an update of a crate must not change it unnoticed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::super::character::is_assigned;
use super::super::form::{domain_to_ascii, fold_case};

/// The hash of the forms of every code point. Another hash means that the slots of people change:
/// the addresses under which they are stored would no longer be found.
const FORMS: &str = "f2bd69b5a4542d4a02a8fc08198d36ff4983a96b2be8d9d3e04576e84ed9998a";

#[test]
fn what_every_code_point_folds_to_is_pinned() {
    let mut hash = Sha256::new();
    let mut text = String::new();
    for c in '\0'..=char::MAX {
        text.clear();
        let assigned = is_assigned(c);
        let _ =
            write!(text, "{:x} {assigned} {}", u32::from(c), fold_case(c.encode_utf8(&mut [0; 4])));
        if assigned {
            // Marks are allowed behind a letter, right-to-left characters only alone.
            let (joined, alone) =
                (domain_to_ascii(&format!("x{c}.com")), domain_to_ascii(&format!("{c}.com")));
            let _ = write!(text, " {joined} {alone}");
        }
        hash.update(text.as_bytes());
        hash.update([0xff]);
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, FORMS);
}
