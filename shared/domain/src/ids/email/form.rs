//! The form in which addresses compare (contract: fields#email-comparison). The Unicode data behind
//! it is pinned by version and by a hash in the tests.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::character::trim_address;
use crate::values;

/// The key of a valid address: its local part folded, its domain in ASCII.
///
/// An address of ASCII alone is only lowered: folding and UTS #46 do no more to it, also where a
/// label is Punycode already.
pub(super) fn fold_address(address: &str) -> String {
    if address.is_ascii() {
        return address.to_ascii_lowercase();
    }
    match address.split_once('@') {
        Some((local, domain)) => format!("{}@{}", fold_case(local), domain_to_ascii(domain)),
        None => fold_case(address),
    }
}

/// The form in which a text in an EMAIL field is compared: the key of an address, anything else
/// folded. UTS #46 is not applied to other text, because it drops invisible characters: the text
/// would equal an address that it is not.
pub(crate) fn comparable_text(text: &str) -> String {
    let text = trim_address(text);
    if text.is_ascii() || values::is_email(text) { fold_address(text) } else { fold_case(text) }
}

/// NFC, full case folding, then NFC again: folding may leave a letter and its mark apart that
/// another spelling has as one character, `ΐ` against `Ϊ` with an acute.
pub(super) fn fold_case(text: &str) -> String {
    let nfc = ComposingNormalizer::new_nfc();
    let composed = nfc.normalize(text);
    nfc.normalize(&CaseMapper::new().fold_string(&composed)).into_owned()
}

/// The domain by UTS #46 ToASCII, non-transitional, without rules about ASCII characters, hyphens
/// and lengths. A domain that UTS #46 refuses compares folded, so that it need not be refused here.
pub(super) fn domain_to_ascii(domain: &str) -> String {
    let uts46 = Uts46::new();
    let (any, length) = (AsciiDenyList::EMPTY, DnsLength::Ignore);
    match uts46.to_ascii(domain.as_bytes(), any, Hyphens::Allow, length) {
        Ok(ascii) => ascii.into_owned(),
        // Folding turns the small letters of Cherokee into capitals, lower case turns them back.
        Err(_) => {
            let mapper = CaseMapper::new();
            fold_case(domain).chars().map(|c| mapper.simple_lowercase(c)).collect()
        }
    }
}
