//! Buffers a member's name or a value that may be a key, if it is not contiguous or has escapes.
//! The buffer is bounded: text that can't be a key is dropped.

use crate::ids::email::is_trimmed_char;

/// Bytes of the longest address: 254 code points.
pub(super) const ADDRESS_BYTES_MAX: usize = 4 * 254;

/// Replaces every name that is too long to be buffered.
static OVERLONG_NAME: [u8; ADDRESS_BYTES_MAX + 1] = [b'-'; ADDRESS_BYTES_MAX + 1];

/// The text so far.
#[derive(Debug)]
pub(super) struct TextBuffer {
    kept: String,
    /// Whether characters that are trimmed at the ends came after the kept text.
    has_trimmed_tail: bool,
    /// Whether it is longer than the buffer, or has blanks or invisible characters inside: not a
    /// key.
    is_no_key: bool,
}

impl TextBuffer {
    pub(super) fn new() -> Self {
        Self {
            kept: String::with_capacity(ADDRESS_BYTES_MAX),
            has_trimmed_tail: false,
            is_no_key: false,
        }
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        (self.has_trimmed_tail, self.is_no_key) = (false, false);
    }

    /// Adds to a name, in which blanks count.
    pub(super) fn push_name(&mut self, more: &str) {
        if self.is_no_key || self.kept.len() + more.len() > ADDRESS_BYTES_MAX {
            self.is_no_key = true;
        } else {
            self.kept.push_str(more);
        }
    }

    /// Adds to a value, which is trimmed at its ends; the same characters inside make it no key.
    pub(super) fn push_value(&mut self, more: &str) {
        let more =
            if self.kept.is_empty() { more.trim_start_matches(is_trimmed_char) } else { more };
        if self.is_no_key || more.is_empty() {
            return;
        }
        let end = more.find(is_trimmed_char).unwrap_or(more.len());
        let (word, rest) = more.split_at_checked(end).unwrap_or_default();
        if self.has_trimmed_tail && !word.is_empty()
            || !rest.trim_start_matches(is_trimmed_char).is_empty()
        {
            self.is_no_key = true;
            return;
        }
        self.has_trimmed_tail |= !rest.is_empty();
        self.push_name(word);
    }

    /// The text; `None` if it can't be a key.
    pub(super) fn as_key_text(&self) -> Option<&str> {
        (!self.is_no_key).then_some(self.kept.as_str())
    }

    /// The name; for a name that is too long one that is longer than any in the buffer.
    pub(super) fn name(&self) -> &[u8] {
        if self.is_no_key { &OVERLONG_NAME } else { self.kept.as_bytes() }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.kept.capacity()
    }
}

/// The trimmed text of a contiguous value; `None` if it can't be a key. Nearly all values are
/// visible ASCII, which needs no trimming.
#[inline]
pub(super) fn trim_key_text(value: &str) -> Option<&str> {
    if value.len() <= ADDRESS_BYTES_MAX && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(value);
    }
    trim_rare_key_text(value)
}

#[cold]
fn trim_rare_key_text(value: &str) -> Option<&str> {
    let text = value.trim_matches(is_trimmed_char);
    (text.len() <= ADDRESS_BYTES_MAX && !text.contains(is_trimmed_char)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_what_the_whole_gives() {
        for value in [
            "",
            " ",
            "a@b.c",
            "\u{3000}a@b.c\u{a0} ",
            "a b",
            " a\n\n",
            "é",
            &"x".repeat(1017),
            "\u{feff} é@b.c\u{200b} \u{ad}",
            "a\u{200b}b",
            "\u{b}a\u{1}b\u{7f} ",
        ] {
            for at in (0..=value.len()).filter(|at| value.is_char_boundary(*at)) {
                let mut text = TextBuffer::new();
                let (first, second) = value.split_at(at);
                text.push_value(first);
                text.push_value(second);
                assert_eq!(text.as_key_text(), trim_key_text(value), "{value:?} at {at}");
            }
        }
    }
}
