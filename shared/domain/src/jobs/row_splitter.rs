//! Splits a range of valid JSON rows at the commas between them.

use super::scan::plain_prefix_len;

/// The rows in bytes that start with one. The scanner has validated them, so that only brackets and
/// quotes matter.
pub(super) fn split_rows(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = find_row_end(bytes);
        let row = trim_row(bytes.get(..end)?);
        bytes = bytes.get(end + 1..).unwrap_or_default();
        (!row.is_empty()).then_some(row)
    })
}

/// The end of the first row: a comma outside of all brackets, or the end of the bytes.
fn find_row_end(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = find_string_end(bytes, at + 1),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The closing quote of a string whose text starts at `at`.
fn find_string_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += plain_prefix_len(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            _ => return at,
        }
    }
}

/// A row without the blanks and the comma between it and the next one.
pub(super) fn trim_row(row: &[u8]) -> &[u8] {
    let row = row.trim_ascii();
    row.strip_suffix(b",").map_or(row, <[u8]>::trim_ascii_end)
}
