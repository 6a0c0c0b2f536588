//! Access keys: a recognisable prefix, 256 random bits, and a checksum that detects a typing error
//! or an invented key before the store is read (contract: keys#keys-of-a-tenant).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::ids::base36;

/// The prefix of every access key, by which scanners for leaked secrets recognise it.
pub const PREFIX: &str = "ppl_";

const SECRET_CHARS: usize = 50;
const CHECKSUM_CHARS: usize = 7;

/// A well-formed access key; `Debug` prints nothing of it.
#[derive(Clone)]
pub struct AccessKey(String);

impl AccessKey {
    /// Makes a key from 256 random bits.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        let (high, low) = random.split_at(16);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| (n << 8) | u128::from(*byte));
        let secret =
            base36::encode_string::<25>(number(high)) + &base36::encode_string::<25>(number(low));
        Self(format!("{PREFIX}{secret}{}", compute_checksum(&secret)))
    }

    /// Parses the text of a header; prefix, length and checksum must be right.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix(PREFIX)?;
        let (secret, sum) = rest.split_at_checked(SECRET_CHARS)?;
        (base36::is_valid(rest) && sum == compute_checksum(secret))
            .then(|| Self(text.trim().to_owned()))
    }

    /// The hash that is stored instead of the key.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }

    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(<secret>)")
    }
}

/// The SHA-256 of a key. A fast hash is enough for 256 random bits.
#[derive(Clone, Copy)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// A public name for the key: 13 characters of its hash, which do not reveal it.
    #[must_use]
    pub fn id(&self) -> String {
        let number = self.0.iter().take(8).fold(0, |n, byte| (n << 8) | u128::from(*byte));
        base36::encode_string::<13>(number)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({})", self.id())
    }
}

fn compute_checksum(secret: &str) -> String {
    base36::encode_string::<CHECKSUM_CHARS>(u128::from(crc32fast::hash(secret.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_form_and_a_slip_is_seen() {
        let key = AccessKey::new(&[7; 32]);
        let text = key.expose_secret().to_owned();
        assert_eq!(text.len(), PREFIX.len() + SECRET_CHARS + CHECKSUM_CHARS);
        assert!(AccessKey::parse(&text).is_some());
        for at in PREFIX.len()..text.len() {
            let mut slip = text.clone().into_bytes();
            slip[at] = if slip[at] == b'A' { b'B' } else { b'A' };
            assert!(AccessKey::parse(&String::from_utf8(slip).unwrap()).is_none(), "slip at {at}");
        }
        assert!(AccessKey::parse("").is_none());
        assert!(!format!("{key:?}").contains(&text));
    }
}
