//! Ids that are derived from a tenant's secret: the slots of people, and the GSIDs that are never
//! stored (ADR 3, ADR 5).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::identity::{ExternalId, IdentityKind};
use crate::ids::base36;
use crate::ids::email::{Email, EmailKey};
use crate::ids::gsid::{Gsid, GsidKind, PART_CHARS, TENANT_PART_CHARS};

/// Characters of a [`Locator`].
pub const LOCATOR_CHARS: usize = 14;

/// Bytes of a [`TenantIds::tag`].
pub const TAG_BYTES: usize = 16;

/// The slot of a person in the table: 14 base36 characters derived from its email address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locator(String);

impl Locator {
    /// The home slot of a person: the first 14 characters of its record part.
    #[must_use]
    pub fn from_record_part(part: &str) -> Option<Self> {
        let home_slot = part.get(..LOCATOR_CHARS)?;
        (part.len() == PART_CHARS && base36::is_valid(part)).then(|| Self(home_slot.to_owned()))
    }

    /// Parses a stored locator.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == LOCATOR_CHARS && base36::is_valid(text)).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Derives ids under one tenant's secret. Without the secret no person is found by its email.
#[derive(Clone)]
pub struct TenantIds {
    mac: Hmac<Sha256>,
    tenant_part: String,
}

impl TenantIds {
    /// `tenant_part` is the tenant's 14 characters of every object key.
    #[must_use]
    pub fn new(secret: &[u8; 32], tenant_part: &str) -> Option<Self> {
        let mac = Hmac::new_from_slice(secret).ok()?;
        (tenant_part.len() == TENANT_PART_CHARS && base36::is_valid(tenant_part))
            .then(|| Self { mac, tenant_part: tenant_part.to_owned() })
    }

    /// The slot of the person with this email, unless the person was created with another system's
    /// id.
    #[must_use]
    pub fn locator(&self, email: &Email) -> Locator {
        self.locator_of_key(email.as_key())
    }

    /// The slot of an address by its stored key.
    #[must_use]
    pub fn locator_of_key(&self, key: &EmailKey) -> Locator {
        self.locator_of_identity(IdentityKind::Email, key.as_str())
    }

    /// The slot of an id of another system.
    #[must_use]
    pub fn locator_of_id(&self, id: &ExternalId) -> Locator {
        self.locator_of_identity(id.kind(), id.as_str())
    }

    /// The slot of a stored value of any kind.
    #[must_use]
    pub fn locator_of_identity(&self, kind: IdentityKind, value: &str) -> Locator {
        Locator(base36::encode_string::<LOCATOR_CHARS>(
            self.derive_bits(&[kind.hash_seed(), value]),
        ))
    }

    /// The first half of every GSID of this kind.
    #[must_use]
    pub fn object_key(&self, kind: GsidKind) -> String {
        format!("{}{}", kind.prefix(), self.tenant_part)
    }

    /// The GSID of this kind with this record part.
    #[must_use]
    pub fn gsid_of_part(&self, kind: GsidKind, record_part: &str) -> String {
        format!("{}{record_part}", self.object_key(kind))
    }

    /// A new GSID; `random` must be random.
    #[must_use]
    pub fn new_gsid(&self, kind: GsidKind, random: u128) -> String {
        self.gsid_of_part(kind, &base36::encode_string::<PART_CHARS>(random))
    }

    /// The record part of a new incarnation of the person at `home_slot`; `random` must be random.
    #[must_use]
    pub fn new_incarnation(home_slot: &Locator, random: u128) -> String {
        format!("{}{}", home_slot.as_str(), base36::encode_string::<4>(random))
    }

    /// The GSID of a person's association, which `name` distinguishes from the person's others.
    #[must_use]
    pub fn association_gsid(&self, kind: GsidKind, person: &str, name: &str) -> String {
        self.new_gsid(kind, self.derive_bits(&[kind.prefix(), person, name]))
    }

    /// The tenant's 14 characters of every object key.
    #[must_use]
    pub fn tenant_part(&self) -> &str {
        &self.tenant_part
    }

    /// The GSID of a record that is imported from the tenant whose ids have `source_part`: always
    /// the same for one exported id, and that id itself where the tenant is its own source.
    #[must_use]
    pub fn imported_gsid(&self, kind: GsidKind, exported: &str, source_part: &str) -> String {
        if source_part == self.tenant_part {
            return exported.to_owned();
        }
        self.new_gsid(kind, self.derive_bits(&["import", exported]))
    }

    /// The GSID of a dropdown item, derived from its category and label.
    #[must_use]
    pub fn dropdown_item_gsid(&self, category: &str, label: &str) -> String {
        self.new_gsid(GsidKind::Dropdown, self.derive_bits(&["item", category, label]))
    }

    /// The GSID without the half that all ids of this tenant share, for attributes, where bytes
    /// count.
    #[must_use]
    pub fn compress_gsid<'a>(&self, kind: GsidKind, gsid: &'a str) -> &'a str {
        let part =
            gsid.strip_prefix(kind.prefix()).and_then(|rest| rest.strip_prefix(&self.tenant_part));
        part.filter(|part| part.len() == PART_CHARS).unwrap_or(gsid)
    }

    /// The inverse of [`Self::compress_gsid`].
    #[must_use]
    pub fn expand_gsid(&self, kind: GsidKind, short: &str) -> String {
        if short.len() == PART_CHARS { self.gsid_of_part(kind, short) } else { short.to_owned() }
    }

    /// A 16-character hash of a value under the secret, so that an index reveals nothing of the
    /// value.
    #[must_use]
    pub fn index_hash(&self, value: &str) -> String {
        base36::encode_string::<16>(self.derive_bits(&["index", value]))
    }

    /// Authenticates a text that a caller keeps: only the tenant's secret makes its tag. `purpose`
    /// keeps the texts of one use from passing for those of another.
    #[must_use]
    pub fn tag(&self, purpose: &str, text: &str) -> [u8; TAG_BYTES] {
        let bytes = self.mac_of_parts(&["tag", purpose, text]).finalize().into_bytes();
        bytes.first_chunk().copied().unwrap_or_default()
    }

    /// Whether a tag is that of the text, compared in constant time.
    #[must_use]
    pub fn is_tag_of(&self, purpose: &str, text: &str, tag: &[u8; TAG_BYTES]) -> bool {
        self.mac_of_parts(&["tag", purpose, text]).verify_truncated_left(tag).is_ok()
    }

    /// A person's record part, if the GSID is one of this tenant's people.
    #[must_use]
    pub fn person_record_part<'a>(&self, gsid: &'a Gsid) -> Option<&'a str> {
        let part = self.compress_gsid(GsidKind::Person, gsid.as_str());
        (part.len() == PART_CHARS && base36::is_valid(part)).then_some(part)
    }

    /// 128 bits that depend on the secret and on each part. Lengths are hashed too, so that no two
    /// lists of parts are equal when joined.
    fn derive_bits(&self, parts: &[&str]) -> u128 {
        let bytes = self.mac_of_parts(parts).finalize().into_bytes();
        bytes.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }

    fn mac_of_parts(&self, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for TenantIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantIds({}, <secret>)", self.tenant_part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids_of_secret(secret: u8) -> TenantIds {
        TenantIds::new(&[secret; 32], "QNK6ENCURXXDZW").unwrap()
    }

    proptest! {
        #[test]
        fn a_gsid_round_trips_to_its_key(name in "[a-z]{1,12}", random: u128) {
            let tenant_ids = ids_of_secret(1);
            let home_slot = tenant_ids.locator(&Email::parse(&format!("{name}@abc.com")).unwrap());
            let part = TenantIds::new_incarnation(&home_slot, random);
            let gsid = Gsid::parse(&tenant_ids.gsid_of_part(GsidKind::Person, &part)).unwrap();
            prop_assert_eq!(tenant_ids.person_record_part(&gsid), Some(part.as_str()));
            prop_assert_eq!(Locator::from_record_part(&part), Some(home_slot));
            prop_assert_eq!(tenant_ids.expand_gsid(GsidKind::Person, &part), gsid.as_str());
        }
    }

    #[test]
    fn spelling_does_not_move_a_person_but_another_secret_does() {
        let (a, b) = (Email::parse("A@abc.com").unwrap(), Email::parse("a@ABC.com").unwrap());
        assert_eq!(ids_of_secret(1).locator(&a), ids_of_secret(1).locator(&b));
        let stored = EmailKey::from_stored(a.key());
        assert_eq!(ids_of_secret(1).locator(&a), ids_of_secret(1).locator_of_key(&stored));
        assert_ne!(ids_of_secret(1).locator(&a), ids_of_secret(2).locator(&a));
    }

    #[test]
    fn ids_of_elsewhere_are_kept_whole() {
        let tenant_ids = ids_of_secret(1);
        let foreign = "1I00V4ALRX6A6ZOEQ0FNJ3CXSRAVFFWJCCCA";
        assert_eq!(tenant_ids.compress_gsid(GsidKind::Company, foreign), foreign);
        assert_eq!(tenant_ids.expand_gsid(GsidKind::Company, foreign), foreign);
    }
}
