//! The size of an answer as Lambda counts it, as a text within JSON.

use std::io;

use serde_json::Value as Json;

/// The bytes of serialized JSON as a text within JSON, without its quotes. A quote and a backslash
/// take one more each; serialized JSON contains nothing else that is escaped.
#[must_use]
pub fn escaped_len(printed: &[u8]) -> usize {
    printed.len() + printed.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Like [`escaped_len`], for a value, which is not serialized to memory.
#[must_use]
pub fn escaped_len_of_value(value: &Json) -> usize {
    struct ByteCounter(usize);
    impl io::Write for ByteCounter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += escaped_len(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = ByteCounter(0);
    // Neither the value nor the counter can fail.
    _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// Truncates a text to a number of bytes within JSON within JSON; `…` marks the omission.
#[must_use]
pub fn truncate_escaped(text: &str, bytes: usize) -> String {
    let mut left = bytes;
    let fits = |character: &char| {
        let printed = Json::from(character.to_string());
        // Without its quotes, which take two bytes each.
        let taken = escaped_len_of_value(&printed) - 4;
        let fits = taken <= left;
        left = left.saturating_sub(taken);
        fits
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_cut_by_what_it_takes(text in any::<String>(), bytes in 0_usize..40) {
            let cut = truncate_escaped(&text, bytes);
            let kept = cut.strip_suffix('…').filter(|_| cut != text).unwrap_or(&cut);
            prop_assert!(text.starts_with(kept));
            prop_assert!(escaped_len_of_value(&kept.into()) <= bytes + 4);
            prop_assert_eq!(cut == text, escaped_len_of_value(&text.as_str().into()) <= bytes + 4);
        }

        #[test]
        fn a_value_is_counted_as_serde_json_escapes_it(texts in prop::collection::vec(any::<String>(), 0..4)) {
            let value = json!({ "texts": texts, "other": [1, null, "\"\\\u{1}\n"] });
            let within = serde_json::to_string(&value.to_string()).unwrap();
            prop_assert_eq!(escaped_len_of_value(&value) + 2, within.len());
        }
    }
}
