//! Stamps: time-ordered ids of writes. A row stores the stamp of the write that created it and that
//! of its last write.

use std::fmt;
use std::time::Duration;

use crate::ids::base36;

/// Bits below the milliseconds; they keep the stamps of one millisecond apart and in order.
pub const LOW_BITS: u32 = 36;

/// Characters of a stamp.
pub const STAMP_CHARS: usize = 16;

/// Milliseconds since 1970 and 36 bits that differ between writes, as 16 base36 digits: the order
/// of texts is that of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp([u8; STAMP_CHARS]);

impl Stamp {
    /// Makes a stamp of a number whose bits above [`LOW_BITS`] are the milliseconds.
    #[must_use]
    pub fn new(number: u128) -> Self {
        Self(base36::encode(number))
    }

    /// Parses a stored stamp.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; STAMP_CHARS] = text.as_bytes().try_into().ok()?;
        base36::is_valid(text).then_some(Self(bytes))
    }

    /// The number that the stamp encodes.
    #[must_use]
    pub fn number(self) -> u128 {
        u128::from_str_radix(self.as_str(), 36).unwrap_or_default()
    }

    /// The stamp earlier by a duration.
    #[must_use]
    pub fn earlier_by(self, time: Duration) -> Self {
        Self::new(self.number().saturating_sub(time.as_millis() << LOW_BITS))
    }

    /// The stamp later by a duration.
    #[must_use]
    pub fn later_by(self, time: Duration) -> Self {
        Self::new(self.number().saturating_add(time.as_millis() << LOW_BITS))
    }

    /// The first stamp of a time in milliseconds since 1970.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self::new(u128::try_from(millis).unwrap_or_default() << LOW_BITS)
    }

    /// Milliseconds since 1970, UTC.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::try_from(self.number() >> LOW_BITS).unwrap_or(i64::MAX)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        // `encode` and `parse` accept ASCII alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stamps_sort_as_their_times(a in 0u64..1 << 43, b in 0u64..1 << 43, low in 0u128..1 << LOW_BITS) {
            let stamp = |millis: u64| Stamp::new((u128::from(millis) << LOW_BITS) | low);
            prop_assert_eq!(a.cmp(&b), stamp(a).cmp(&stamp(b)));
            prop_assert_eq!(stamp(a).millis(), i64::try_from(a).unwrap());
            prop_assert_eq!(Stamp::parse(stamp(b).as_str()), Some(stamp(b)));
            let earlier = stamp(b).earlier_by(Duration::from_millis(a));
            prop_assert_eq!(earlier.millis(), i64::try_from(b.saturating_sub(a)).unwrap());
            let later = stamp(b).later_by(Duration::from_millis(a));
            prop_assert_eq!(later.millis(), i64::try_from(a + b).unwrap());
            let first = Stamp::from_millis(i64::try_from(a).unwrap());
            prop_assert!(first <= stamp(a) && first.millis() == stamp(a).millis());
        }
    }
}
