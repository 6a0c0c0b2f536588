//! Citations in code and documents: `contract: lookups#first-match` names a heading in docs/contract,
//! `ADR 4` a file in docs/adr. Every citation must resolve, so that a reader can follow it.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders and files whose text may cite.
const SOURCES: [&str; 12] = [
    "Cargo.toml",
    "CONTRIBUTING.md",
    "README.md",
    "bench",
    "cli",
    "docs",
    "functions",
    "shared",
    "template.yaml",
    "tests",
    "xtask/src",
    "xtask/Cargo.toml",
];

/// Anchors of docs/contract by file stem.
type Anchors = BTreeMap<String, BTreeSet<String>>;

/// Returns a sentence for each citation that resolves to nothing.
pub(super) fn find_problems(root: &Path) -> Result<Vec<String>> {
    let anchors = read_anchors(&root.join("docs/contract"))?;
    let records = read_records(&root.join("docs/adr"))?;
    let mut problems = Vec::new();
    for source in SOURCES {
        for path in list_files(&root.join(source))? {
            // The examples in this file's own tests do not resolve, on purpose.
            if path.ends_with(file!()) {
                continue;
            }
            let text = join_comment_lines(&std::fs::read_to_string(&path)?);
            let unresolved = find_unresolved(&text, &anchors, &records);
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            problems.extend(unresolved.map(|citation| {
                format!("{path} cites `{citation}`, which is not in docs/contract or docs/adr")
            }));
        }
    }
    Ok(problems)
}

fn find_unresolved<'t>(
    text: &'t str,
    anchors: &'t Anchors,
    records: &'t BTreeSet<u32>,
) -> impl Iterator<Item = String> + 't {
    let rules = text.split("contract: ").skip(1).flat_map(parse_rules);
    let unknown = rules.filter(|rule| match rule.split_once('#') {
        Some((file, anchor)) => !anchors.get(file).is_some_and(|known| known.contains(anchor)),
        None => !anchors.contains_key(rule),
    });
    let numbers = text.split("ADR ").skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let missing = numbers.filter(|number| !records.contains(number));
    unknown
        .map(|rule| format!("contract: {rule}"))
        .chain(missing.map(|number| format!("ADR {number}")))
}

/// The rules at the start of a text, separated by commas. A word without an anchor is a rule, a
/// whole file, only in the first place: elsewhere it may be the sentence that goes on.
fn parse_rules(text: &str) -> Vec<String> {
    let mut rules = Vec::new();
    for part in text.split(", ") {
        let rule: String = part.chars().take_while(|c| is_rule_character(*c)).collect();
        if rule.is_empty() || !(rules.is_empty() || rule.contains('#')) {
            break;
        }
        let is_last = rule.len() < part.len();
        rules.push(rule);
        if is_last {
            break;
        }
    }
    rules
}

fn is_rule_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '#' || c == '-'
}

/// Puts comments that run over several lines into one line each.
fn join_comment_lines(text: &str) -> String {
    text.lines()
        .map(|line| line.trim_start().trim_start_matches(['/', '!', '#']).trim())
        .collect::<Vec<_>>()
        .join(" ")
}

fn read_anchors(folder: &Path) -> Result<Anchors> {
    let mut anchors = Anchors::new();
    for path in list_files(folder)? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let headings = text.lines().filter(|line| line.starts_with('#'));
        anchors.insert(
            stem,
            headings.map(|line| to_slug(line.trim_start_matches('#').trim())).collect(),
        );
    }
    Ok(anchors)
}

/// A heading's anchor, as forges derive it.
fn to_slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn read_records(folder: &Path) -> Result<BTreeSet<u32>> {
    let files = list_files(folder)?.into_iter();
    Ok(files
        .filter_map(|path| path.file_name()?.to_str()?.split_once('-')?.0.parse().ok())
        .collect())
}

/// The text files at or below a path.
fn list_files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_dir() {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path)? {
            files.extend(list_files(&entry?.path())?);
        }
        return Ok(files);
    }
    let is_text = path
        .extension()
        .is_some_and(|kind| ["rs", "md", "toml", "yaml"].iter().any(|known| kind == *known));
    Ok(if is_text { vec![path.to_owned()] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_that_resolves_to_nothing_is_named() {
        let anchors = Anchors::from([
            ("lookups".to_owned(), BTreeSet::from([to_slug("First match")])),
            ("query".to_owned(), BTreeSet::new()),
        ]);
        let records = BTreeSet::from([4]);
        let find = |text: &str| {
            find_unresolved(&join_comment_lines(text), &anchors, &records).collect::<Vec<_>>()
        };
        assert!(
            find("// (contract: query, lookups#first-match; ADR 4), contract: query, but")
                .is_empty()
        );
        assert_eq!(
            find("/// (contract:\n/// lookups#last-match), (contract: queries), by ADR 5."),
            ["contract: lookups#last-match", "contract: queries", "ADR 5"]
        );
    }
}
