//! SIMD within a register: inspects eight bytes at a time to find the end of a string's plain part.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

/// The number of bytes from the start that are neither quote, backslash nor control character.
#[inline]
pub(in crate::jobs) fn plain_prefix_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let hits = special_byte_mask(u64::from_le_bytes(*eight));
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The high bit of each special byte. A borrow may set bits above a true one, never below, so that
/// the lowest is right.
#[inline]
fn special_byte_mask(word: u64) -> u64 {
    let zero = |x: u64| x.wrapping_sub(ONES) & !x;
    let quote = zero(word ^ (ONES * b'"' as u64));
    let backslash = zero(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGHS
}

/// The word with its ASCII letters in lower case.
#[inline]
pub(super) fn lowercase_ascii(word: u64) -> u64 {
    let seven = word & !HIGHS;
    let from_a = seven + ONES * (0x80 - b'A' as u64);
    let above_z = seven + ONES * (0x80 - b'Z' as u64 - 1);
    let capital = from_a & !above_z & !word & HIGHS;
    word | (capital >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_seen_as_it_is_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                for filler in [b'a', b'!', b'#', b'[', b']', b' ', 0x7F, 0x80, 0xFF] {
                    let mut bytes = [filler; 11];
                    bytes[at] = byte;
                    let expected = bytes.iter().position(|b| is_special(*b)).unwrap_or(11);
                    assert_eq!(plain_prefix_len(&bytes), expected, "{bytes:?}");
                    let eight = *bytes.first_chunk().unwrap();
                    let lowered = lowercase_ascii(u64::from_le_bytes(eight)).to_le_bytes();
                    assert_eq!(lowered.to_vec(), eight.to_ascii_lowercase());
                }
            }
        }
    }
}
