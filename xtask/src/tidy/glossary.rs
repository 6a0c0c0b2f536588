//! docs/glossary.md names concepts with the files that hold them. Each of its files must exist, and each type of a row
//! must occur in one of the row's files, so that a rename reaches the glossary too.

use anyhow::Result;
use std::path::{Path, PathBuf};

/// The crates whose paths the glossary shortens to `domain/…`.
const SHORT_CRATES: [&str; 4] = ["domain", "jobs", "lambda", "storage"];

pub(super) fn find_problems(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("docs/glossary.md"))?;
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    Ok(rows.flat_map(|row| check_row(root, row)).collect())
}

fn check_row(root: &Path, row: &str) -> Vec<String> {
    let Some((names, files)) = row.trim_end_matches(" |").rsplit_once(" | ") else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    let mut sources = String::new();
    for file in list_code_words(files) {
        match std::fs::read_to_string(expand_path(root, file)) {
            Ok(source) => sources += &source,
            Err(_) => problems.push(format!("docs/glossary.md names {file}, which does not exist")),
        }
    }
    let missing =
        list_code_words(names).filter(|name| is_type_name(name) && !has_word(&sources, name));
    let missing =
        missing.map(|name| format!("docs/glossary.md finds {name} in {files}, which lack it"));
    problems.extend(missing);
    problems
}

/// The words of a text that stand between backticks.
fn list_code_words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_type_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.contains(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|known| known == word)
}

fn expand_path(root: &Path, path: &str) -> PathBuf {
    match path.split_once('/') {
        Some((name, rest)) if SHORT_CRATES.contains(&name) => {
            root.join("shared").join(name).join("src").join(rest)
        }
        _ => root.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::workspace_root;

    #[test]
    fn a_file_or_type_that_is_not_there_is_named() {
        let check = |row: &str| check_row(&workspace_root(), row);
        assert!(check("| `Gsid` | An id. | `domain/ids/gsid.rs` |").is_empty());
        assert_eq!(check("| `Gsid` | An id. | `domain/gsid.rs` |").len(), 2);
        assert_eq!(check("| `Guid` | An id. | `domain/ids/gsid.rs` |").len(), 1);
    }
}
