//! Finds the line of a name in a schema file.

/// Returns the line, from 1, of the last name of a path. Each name is searched after the one before
/// it; a name that is not found yields the line of its parent.
pub(super) fn find_line(text: &str, path: &[&str]) -> usize {
    let mut offset = 0;
    for name in path {
        offset = find_name(text, offset, name).unwrap_or(offset);
    }
    text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}

/// Finds a name from an offset on: as a key, or else as a list item.
fn find_name(text: &str, from: usize, name: &str) -> Option<usize> {
    let rest = text.get(from..)?;
    let places = || {
        let found = rest.match_indices(name).map(|(offset, _)| from + offset);
        found.filter(|offset| !name.is_empty() && is_complete_name(text, *offset, name))
    };
    places().find(|offset| is_key(text, offset + name.len())).or_else(|| places().next())
}

/// Whether the match is neither part of a longer name nor in a comment.
fn is_complete_name(text: &str, offset: usize, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (before, after) = text.split_at(offset);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let after = after.strip_prefix(name).unwrap_or_default();
    !line.contains('#') && !before.ends_with(part) && !after.starts_with(part)
}

fn is_key(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default();
    after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start_matches(' ').starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "# company:\ndropdowns:\n  plans:\n    items:\n    - gold\n    - silver\nobjects:\n  \
        person:\n    fields:\n      Plan__gc: { type: X }\n      Plan__gc2: { type: X }\n  company:\n    \
        fields:\n      \"Plan__gc\": { type: X }\n";

    #[test]
    fn names_stand_after_their_parents() {
        for (path, line) in [
            (&["objects", "person", "Plan__gc"][..], 10),
            (&["objects", "person", "Plan__gc2"], 11),
            (&["objects", "company", "Plan__gc"], 14),
            (&["dropdowns", "plans", "silver"], 6),
            (&["objects", "company", "not there"], 12),
            (&["nothing"], 1),
            (&[""], 1),
        ] {
            assert_eq!(find_line(YAML, path), line, "{path:?}");
        }
    }

    #[test]
    fn json_is_yaml() {
        let json = "{\n \"objects\": {\n  \"own\": {\n   \"fields\": {\n    \"A\": 1 } } } }";
        assert_eq!(find_line(json, &["objects", "own", "A"]), 5);
    }
}
