//! Everything that a tenant's secret derives: where a person lives, and the GSIDs that are
//! never stored (ADR 3, ADR 5).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::base36;
use crate::ids::email::{Email, EmailKey};
use crate::ids::gsid::{Gsid, GsidKind, PART, TENANT_PART};

/// Characters of a [`Locator`].
pub const LOCATOR: usize = 14;

/// Where a person lives: 14 base36 characters derived from its email address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locator(String);

impl Locator {
    /// The first 14 characters of a person's record part: its home.
    #[must_use]
    pub fn of_record_part(part: &str) -> Option<Self> {
        let home = part.get(..LOCATOR)?;
        (part.len() == PART && base36::is_valid(part)).then(|| Self(home.to_owned()))
    }

    /// A locator that was stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == LOCATOR && base36::is_valid(text)).then(|| Self(text.to_owned()))
    }

    /// The 14 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Derives ids under one tenant's secret. Without the secret no email finds its person.
#[derive(Clone)]
pub struct Mint {
    mac: Hmac<Sha256>,
    tenant_part: String,
}

impl Mint {
    /// `tenant_part`: the tenant's 14 characters of every object key.
    #[must_use]
    pub fn new(secret: &[u8; 32], tenant_part: &str) -> Option<Self> {
        let mac = Hmac::new_from_slice(secret).ok()?;
        (tenant_part.len() == TENANT_PART && base36::is_valid(tenant_part))
            .then(|| Self { mac, tenant_part: tenant_part.to_owned() })
    }

    /// Where the person with this email lives, unless it is known by another id.
    #[must_use]
    pub fn locator(&self, email: &Email) -> Locator {
        self.locator_of_key(email.as_key())
    }

    /// The locator of an address by the key that was kept of it.
    #[must_use]
    pub fn locator_of_key(&self, key: &EmailKey) -> Locator {
        Locator(base36::text::<LOCATOR>(self.derive(&["email", key.as_str()])))
    }

    /// The first half of every GSID of this kind.
    #[must_use]
    pub fn object_key(&self, kind: GsidKind) -> String {
        format!("{}{}", kind.prefix(), self.tenant_part)
    }

    /// The GSID of this kind with this record part.
    #[must_use]
    pub fn gsid(&self, kind: GsidKind, record_part: &str) -> String {
        format!("{}{record_part}", self.object_key(kind))
    }

    /// A fresh GSID; `random` has to be.
    #[must_use]
    pub fn fresh(&self, kind: GsidKind, random: u128) -> String {
        self.gsid(kind, &base36::text::<PART>(random))
    }

    /// The record part of a person's first or next life at `home`; `random` has to be.
    #[must_use]
    pub fn life(home: &Locator, random: u128) -> String {
        format!("{}{}", home.as_str(), base36::text::<4>(random))
    }

    /// The GSID of a person's association; `name` is what keeps it apart from the person's others.
    #[must_use]
    pub fn association(&self, kind: GsidKind, person: &str, name: &str) -> String {
        self.fresh(kind, self.derive(&[kind.prefix(), person, name]))
    }

    /// The GSID of a dropdown item, fixed by its category and label.
    #[must_use]
    pub fn dropdown_item(&self, category: &str, label: &str) -> String {
        self.fresh(GsidKind::Dropdown, self.derive(&["item", category, label]))
    }

    /// How a GSID is written where bytes count: without the half that this tenant's ids share.
    #[must_use]
    pub fn shorten<'a>(&self, kind: GsidKind, gsid: &'a str) -> &'a str {
        let part =
            gsid.strip_prefix(kind.prefix()).and_then(|rest| rest.strip_prefix(&self.tenant_part));
        part.filter(|part| part.len() == PART).unwrap_or(gsid)
    }

    /// Undoes [`Mint::shorten`].
    #[must_use]
    pub fn lengthen(&self, kind: GsidKind, short: &str) -> String {
        if short.len() == PART { self.gsid(kind, short) } else { short.to_owned() }
    }

    /// A 16-character hash of a value under the secret, so that an index tells nothing of it.
    #[must_use]
    pub fn index_hash(&self, value: &str) -> String {
        base36::text::<16>(self.derive(&["index", value]))
    }

    /// A person's record part, if the GSID is one of this tenant's people.
    #[must_use]
    pub fn person_part<'a>(&self, gsid: &'a Gsid) -> Option<&'a str> {
        let part = self.shorten(GsidKind::Person, gsid.as_str());
        (part.len() == PART && base36::is_valid(part)).then_some(part)
    }

    /// 128 bits that depend on the secret and on each part; the parts can't run into each other.
    fn derive(&self, parts: &[&str]) -> u128 {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }
}

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mint({}, <secret>)", self.tenant_part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mint(secret: u8) -> Mint {
        Mint::new(&[secret; 32], "QNK6ENCURXXDZW").unwrap()
    }

    proptest! {
        #[test]
        fn a_gsid_round_trips_to_its_key(name in "[a-z]{1,12}", random: u128) {
            let mint = mint(1);
            let home = mint.locator(&Email::parse(&format!("{name}@abc.com")).unwrap());
            let part = Mint::life(&home, random);
            let gsid = Gsid::parse(&mint.gsid(GsidKind::Person, &part)).unwrap();
            prop_assert_eq!(mint.person_part(&gsid), Some(part.as_str()));
            prop_assert_eq!(Locator::of_record_part(&part), Some(home));
            prop_assert_eq!(mint.lengthen(GsidKind::Person, &part), gsid.as_str());
        }
    }

    #[test]
    fn spelling_does_not_move_a_person_but_another_secret_does() {
        let (a, b) = (Email::parse("A@abc.com").unwrap(), Email::parse("a@ABC.com").unwrap());
        assert_eq!(mint(1).locator(&a), mint(1).locator(&b));
        let stored = EmailKey::from_stored(a.key());
        assert_eq!(mint(1).locator(&a), mint(1).locator_of_key(&stored));
        assert_ne!(mint(1).locator(&a), mint(2).locator(&a));
    }

    #[test]
    fn ids_of_elsewhere_are_kept_whole() {
        let mint = mint(1);
        let foreign = "1I00V4ALRX6A6ZOEQ0FNJ3CXSRAVFFWJCCCA";
        assert_eq!(mint.shorten(GsidKind::Company, foreign), foreign);
        assert_eq!(mint.lengthen(GsidKind::Company, foreign), foreign);
    }
}
