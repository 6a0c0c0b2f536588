//! A schema file: read within a limit, parsed, checked; every problem with its line.

use std::io::Read;
use std::path::Path;

use people_domain::schema::{Object, Problem, Schema, check};

use super::lines::line_of;
use crate::failure::Failure;

/// Bytes of a schema file: a schema at all its limits is smaller.
const FILE_BYTES: u64 = 1024 * 1024;

/// The schema of a file.
pub(super) fn read(path: &Path) -> Result<Schema, Failure> {
    let shown = path.display().to_string();
    let text = content(path).map_err(|why| Failure::Refused(format!("{shown}: {why}")))?;
    schema(&shown, &text)
}

fn content(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| format!("can't be read: {error}"))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(format!("a schema file has at most {FILE_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())
}

fn schema(shown: &str, text: &str) -> Result<Schema, Failure> {
    // Read once without types too: only so is a name that is there twice refused, not overwritten.
    let raw = serde_norway::from_str::<serde_norway::Value>(text);
    if raw.as_ref().is_ok_and(serde_norway::Value::is_null) {
        return Err(bad(vec![format!("{shown}:1: the file is empty; {{}} would remove all")]));
    }
    let parsed = raw.and_then(|_| serde_norway::from_str::<Schema>(text));
    let schema = parsed.map_err(|error| bad(vec![unparsed(shown, &error)]))?;
    let lines: Vec<_> = problems(&schema)
        .iter()
        .map(|(path, problem)| format!("{shown}:{}: {}", line_of(text, path), problem.text))
        .collect();
    if lines.is_empty() { Ok(schema) } else { Err(bad(lines)) }
}

fn bad(lines: Vec<String>) -> Failure {
    Failure::Refused(format!("the file is no schema; nothing was changed\n{}", lines.join("\n")))
}

fn unparsed(shown: &str, error: &serde_norway::Error) -> String {
    let text = error.to_string();
    let Some(place) = error.location() else { return format!("{shown}:1: {text}") };
    let (line, column) = (place.line(), place.column());
    let text = text.replace(&format!(" at line {line} column {column}"), "");
    format!("{shown}:{line}:{column}: {text}")
}

/// Every problem with the path to its name. A problem does not say its object, so each object is
/// checked by itself: the others keep their names, for lookups, and lose their fields.
fn problems(schema: &Schema) -> Vec<(Vec<&str>, Problem)> {
    let mut bare = schema.clone();
    bare.objects.values_mut().for_each(|object| object.fields.clear());
    let common = check(&bare);
    let mut all: Vec<_> =
        common.iter().map(|one| (common_path(schema, one), one.clone())).collect();
    for (name, object) in &schema.objects {
        let mut alone = bare.clone();
        alone.objects.insert(name.clone(), object.clone());
        let own = check(&alone).into_iter().filter(|problem| !common.contains(problem));
        all.extend(own.map(|problem| (path_in(name, object, &problem), problem)));
    }
    all
}

fn path_in<'s>(name: &'s str, object: &'s Object, problem: &Problem) -> Vec<&'s str> {
    let field = object.fields.keys().find(|field| **field == problem.at);
    vec!["objects", name, field.map_or("fields", String::as_str)]
}

fn common_path<'s>(schema: &'s Schema, problem: &Problem) -> Vec<&'s str> {
    if let Some((name, _)) = schema.objects.get_key_value(&problem.at) {
        return vec!["objects", name];
    }
    if let Some((name, _)) = schema.dropdowns.get_key_value(&problem.at) {
        return vec!["dropdowns", name];
    }
    for (name, list) in schema.dropdowns.iter().filter(|(name, _)| problem.text.contains(*name)) {
        if let Some(item) = list.items.iter().find(|item| **item == problem.at) {
            return vec!["dropdowns", name, item];
        }
    }
    vec![if problem.at == "dropdowns" { "dropdowns" } else { "objects" }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        schema("s.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn each_problem_names_its_line() {
        let field = |rest| format!("objects:\n  company:\n    fields:\n      A__gc: {rest}\n");
        for (text, said) in [
            (
                field("{ type: TEXT }"),
                "s.yaml:4:22: objects.company.fields.A__gc.type: unknown variant `TEXT`, expected one of `STRING`",
            ),
            (field("{ type: STRING, colour: red }"), "unknown field `colour`"),
            (field("{ type: PICKLIST }"), "s.yaml:4: A__gc needs its list"),
            (
                field(
                    "{ type: GSID, lookup: nope }\n  person:\n    fields:\n      A__gc: { type: PICKLIST }",
                ),
                "s.yaml:7: A__gc needs its list",
            ),
            (field("{ type: STRING }\n      A__gc: { type: NUMBER }"), "duplicate entry"),
            ("dropdowns:\n  d:\n    items:\n      - a\n      - ''\n".to_owned(), "an item of d"),
            ("objects:\n  1x: {}\n".to_owned(), "s.yaml:2: 1x is no name"),
            ("objects: [\n".to_owned(), "s.yaml:2:1: "),
            ("# nothing\n".to_owned(), "s.yaml:1: the file is empty"),
        ] {
            let message = refused(&text);
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
