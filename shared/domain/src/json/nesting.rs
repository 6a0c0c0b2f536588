//! Measures how deep a JSON text nests and how many values it holds, before anything is built from
//! it (contract: envelope#nesting, envelope#values-in-a-body).

/// The shape of a JSON text by its brackets and commas outside of strings; arbitrary for other
/// texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonShape {
    /// The depth of nested lists and objects.
    pub levels: usize,
    /// Scalars, lists and objects, the outermost included.
    pub values: usize,
}

/// Measures a text in one pass.
#[must_use]
pub fn measure_shape(json: &[u8]) -> JsonShape {
    let (mut depth, mut shape) = (0_usize, JsonShape { levels: 0, values: 1 });
    let (mut in_string, mut escaped, mut last) = (false, false, b' ');
    for byte in json {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b' ' | b'\t' | b'\n' | b'\r') => continue,
            (false, b'[' | b'{') => {
                depth += 1;
                shape.levels = shape.levels.max(depth);
                // Counts its first item, unless it closes at once.
                shape.values += 1;
            }
            (false, b']' | b'}') => {
                depth = depth.saturating_sub(1);
                shape.values -= usize::from(matches!(last, b'[' | b'{'));
            }
            (false, b',') => shape.values += 1,
            _ => {}
        }
        if !in_string {
            last = *byte;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_outside_of_strings() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for (text, levels) in [
            (nested(32), 32),
            (nested(33), 33),
            (r#"{"a":"[[[\"[[[","b":[]}"#.to_owned(), 2),
            ("[][][][]".to_owned(), 1),
        ] {
            assert_eq!(measure_shape(text.as_bytes()).levels, levels, "{text}");
        }
    }

    #[test]
    fn values_are_scalars_lists_and_objects() {
        for (text, values) in [
            ("1", 1),
            (r#""[,]\\\"[1,2""#, 1),
            ("[]", 1),
            ("{ \n}", 1),
            ("[[ ],{}]", 3),
            ("[1]", 2),
            (r#"[ "[" , "", [ "x" ] ]"#, 5),
            (r#"{"a":1,"b":[1,2,{}],"a":{"c":null}}"#, 8),
        ] {
            assert_eq!(measure_shape(text.as_bytes()).values, values, "{text}");
        }
    }
}
