//! How deep a JSON text nests, seen before anything is built from it (contract 2).

/// Whether brackets outside of strings nest deeper than `levels`.
#[must_use]
pub fn exceeds(json: &[u8], levels: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > levels {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_outside_of_strings() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(!exceeds(nested(32).as_bytes(), 32));
        assert!(exceeds(nested(33).as_bytes(), 32));
        assert!(!exceeds(br#"{"a":"[[[\"[[[","b":[]}"#, 2));
        assert!(!exceeds(b"[][][][]", 1));
    }
}
