//! Keys of people as 64-bit entries: 40 bits of hash, 24 bits of row number. Equal keys have equal
//! hashes; two keys with the same hash by chance only keep rows in order that need not be.

use super::swar;
use crate::ids::email::EmailKey;
use crate::jobs::payload_error::PayloadError;
use crate::limit;

/// Bits of an entry that hold the row, counted from 0.
const ROW_BITS: u32 = 24;

/// Odd constants without a pattern (digits of pi), one for each kind of key.
const EMAIL_SEED: u64 = 0x243F_6A88_85A3_08D3;
const GSID_SEED: u64 = 0x1319_8A2E_0370_7345;
const FOLD_MULTIPLIER: u64 = 0xA409_3822_299F_31D1;

/// One key of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEntry(u64);

impl KeyEntry {
    /// `row` is counted from 0.
    #[must_use]
    pub fn new(hash: u64, row: u32) -> Self {
        Self(hash >> ROW_BITS << ROW_BITS | u64::from(row))
    }

    /// The hash, which equal keys share.
    #[must_use]
    pub fn hash(self) -> u64 {
        self.0 >> ROW_BITS
    }

    /// The row, from 0.
    #[must_use]
    pub fn row(self) -> u32 {
        (self.0 & u64::from(limit::PAYLOAD_ROWS_MAX)) as u32
    }
}

/// The hash of an address as sent, trimmed: equal to that of its key.
#[must_use]
pub fn hash_email(address: &str) -> u64 {
    if address.is_ascii() {
        hash_text(address, EMAIL_SEED, swar::lowercase_ascii)
    } else {
        hash_non_ascii_email(address)
    }
}

#[cold]
fn hash_non_ascii_email(address: &str) -> u64 {
    hash_email_key(&EmailKey::from_address(address))
}

/// The hash of an address's key.
#[must_use]
pub fn hash_email_key(key: &EmailKey) -> u64 {
    hash_text(key.as_str(), EMAIL_SEED, |word| word)
}

/// The hash of an id, which is compared exactly.
#[must_use]
pub fn hash_gsid(id: &str) -> u64 {
    hash_text(id, GSID_SEED, |word| word)
}

/// Equal on every machine and in every run: a second scan has to give the same plan.
#[inline]
fn hash_text(text: &str, seed: u64, normalize: impl Fn(u64) -> u64) -> u64 {
    let mut hash = seed ^ text.len() as u64;
    for part in text.as_bytes().chunks(8) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        hash = fold_multiply(hash ^ normalize(u64::from_le_bytes(eight)), FOLD_MULTIPLIER);
    }
    fold_multiply(hash, seed)
}

#[inline]
fn fold_multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The keys found so far.
#[derive(Debug, Default)]
pub(super) struct PayloadKeys {
    entries: Vec<KeyEntry>,
    /// Addresses of the current row, which are keys if the row turns out to have lookups of its
    /// own.
    candidates: Vec<KeyEntry>,
    own_lookups: bool,
}

impl PayloadKeys {
    pub(super) fn start_row(&mut self) {
        self.candidates.clear();
        self.own_lookups = false;
    }

    pub(super) fn mark_own_lookups(&mut self) {
        self.own_lookups = true;
    }

    pub(super) fn add_entry(&mut self, entry: KeyEntry) -> Result<(), PayloadError> {
        if self.entries.last() == Some(&entry) {
            return Ok(());
        }
        if self.entries.len() >= limit::PAYLOAD_KEYS_MAX {
            return Err(PayloadError::TooManyKeys);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Keeps one more than the limit, so that the end of the row finds that there were too many.
    pub(super) fn add_candidate(&mut self, entry: KeyEntry) {
        if self.candidates.len() <= limit::ROW_KEYS_MAX {
            self.candidates.push(entry);
        }
    }

    pub(super) fn end_row(&mut self) -> Result<(), PayloadError> {
        if !self.own_lookups {
            return Ok(());
        }
        if self.candidates.len() > limit::ROW_KEYS_MAX {
            return Err(PayloadError::TooManyRowKeys);
        }
        let candidates = std::mem::take(&mut self.candidates);
        candidates.iter().try_for_each(|entry| self.add_entry(*entry))?;
        self.candidates = candidates;
        Ok(())
    }

    pub(super) fn into_entries(self) -> Vec<KeyEntry> {
        self.entries
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        size_of::<KeyEntry>() * (self.entries.capacity() + self.candidates.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stay_what_they_are() {
        assert_eq!(hash_email("JSmith@ABC.com"), hash_email("jsmith@abc.com"));
        assert_ne!(hash_email("jsmith@abc.com"), hash_gsid("jsmith@abc.com"));
        assert_ne!(hash_gsid("a"), hash_gsid("A"));
        assert_ne!(hash_email("a"), hash_email("a\0"));
        // A plan may be written by one process and read by another: hashes must not change in a
        // release.
        assert_eq!(hash_email("jsmith@abc.com") >> ROW_BITS, HASHED);
    }

    #[test]
    fn keys_of_a_payload_are_bounded() {
        let mut keys = PayloadKeys::default();
        for row in 0..limit::PAYLOAD_KEYS_MAX as u32 {
            keys.add_entry(KeyEntry::new(u64::MAX, row)).unwrap();
        }
        let last = limit::PAYLOAD_KEYS_MAX as u32;
        assert_eq!(keys.add_entry(KeyEntry::new(u64::MAX, last)), Err(PayloadError::TooManyKeys));
        assert_eq!(
            keys.add_entry(KeyEntry::new(u64::MAX, last - 1)),
            Ok(()),
            "it is there already"
        );
    }

    const HASHED: u64 = 1_083_169_747_766;
}
