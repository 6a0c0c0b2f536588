//! Base 36 in the alphabet of GSIDs with a fixed width, so that the order of texts is that of
//! numbers.

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The last `N` base36 digits of `number`, most significant first.
#[must_use]
pub fn encode<const N: usize>(mut number: u128) -> [u8; N] {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS.get((number % 36) as usize).copied().unwrap_or(b'0');
        number /= 36;
    }
    text
}

/// Like [`encode`], as a `String`.
#[must_use]
pub fn encode_string<const N: usize>(number: u128) -> String {
    encode::<N>(number).into_iter().map(char::from).collect()
}

/// Whether every character is a digit that [`encode`] writes.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_and_width() {
        assert_eq!(encode_string::<4>(0), "0000");
        assert_eq!(encode_string::<4>(35), "000Z");
        assert_eq!(encode_string::<4>(36 * 36), "0100");
        assert_eq!(encode_string::<2>(36 * 36 + 7), "07", "only the last digits are kept");
        assert!(encode_string::<9>(41) < encode_string::<9>(42));
    }
}
