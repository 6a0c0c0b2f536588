//! Reads, parses and checks a schema file; every error names its line.

use std::io::Read;
use std::path::Path;

use people_domain::schema::{ObjectSchema, SchemaError, SchemaFile, check_schema};

use super::lines::find_line;
use crate::error::CommandError;

/// Largest schema file; a schema at all its limits is smaller.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(super) fn read_schema(path: &Path) -> Result<SchemaFile, CommandError> {
    let file_name = path.display().to_string();
    let text =
        read_text(path).map_err(|why| CommandError::Refused(format!("{file_name}: {why}")))?;
    parse_schema(&file_name, &text)
}

fn read_text(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| format!("can't be read: {error}"))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("a schema file has at most {FILE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())
}

pub(super) fn parse_schema(file_name: &str, text: &str) -> Result<SchemaFile, CommandError> {
    // Parsed once without types too: only this rejects duplicate names instead of overwriting the
    // first.
    let raw = serde_norway::from_str::<serde_norway::Value>(text);
    if raw.as_ref().is_ok_and(serde_norway::Value::is_null) {
        return Err(refuse_schema(vec![format!(
            "{file_name}:1: the file is empty; {{}} would remove all"
        )]));
    }
    let parsed = raw.and_then(|_| serde_norway::from_str::<SchemaFile>(text));
    let schema =
        parsed.map_err(|error| refuse_schema(vec![format_parse_error(file_name, &error)]))?;
    let lines: Vec<_> = find_errors(&schema)
        .iter()
        .map(|(path, problem)| {
            format!("{file_name}:{}: {}", find_line(text, path), problem.message)
        })
        .collect();
    if lines.is_empty() { Ok(schema) } else { Err(refuse_schema(lines)) }
}

fn refuse_schema(lines: Vec<String>) -> CommandError {
    CommandError::Refused(format!(
        "the file is no schema; nothing was changed\n{}",
        lines.join("\n")
    ))
}

fn format_parse_error(file_name: &str, error: &serde_norway::Error) -> String {
    let text = error.to_string();
    let Some(location) = error.location() else { return format!("{file_name}:1: {text}") };
    let (line, column) = (location.line(), location.column());
    let text = text.replace(&format!(" at line {line} column {column}"), "");
    format!("{file_name}:{line}:{column}: {text}")
}

/// Returns every error with the path to its name. An error does not name its object, so each object
/// is checked on its own: the others keep their names, for lookups, and lose their fields.
fn find_errors(schema: &SchemaFile) -> Vec<(Vec<&str>, SchemaError)> {
    let mut without_fields = schema.clone();
    without_fields.objects.values_mut().for_each(|object| object.fields.clear());
    let common = check_schema(&without_fields);
    let mut all: Vec<_> =
        common.iter().map(|one| (common_error_path(schema, one), one.clone())).collect();
    for (name, object) in &schema.objects {
        let mut single = without_fields.clone();
        single.objects.insert(name.clone(), object.clone());
        let own = check_schema(&single).into_iter().filter(|problem| !common.contains(problem));
        all.extend(own.map(|problem| (object_error_path(name, object, &problem), problem)));
    }
    all
}

fn object_error_path<'s>(
    name: &'s str,
    object: &'s ObjectSchema,
    problem: &SchemaError,
) -> Vec<&'s str> {
    let field = object.fields.keys().find(|field| **field == problem.name);
    vec!["objects", name, field.map_or("fields", String::as_str)]
}

fn common_error_path<'s>(schema: &'s SchemaFile, problem: &SchemaError) -> Vec<&'s str> {
    if let Some((name, _)) = schema.objects.get_key_value(&problem.name) {
        return vec!["objects", name];
    }
    if let Some((name, _)) = schema.dropdowns.get_key_value(&problem.name) {
        return vec!["dropdowns", name];
    }
    for (name, list) in schema.dropdowns.iter().filter(|(name, _)| problem.message.contains(*name))
    {
        if let Some(item) = list.items.iter().find(|item| **item == problem.name) {
            return vec!["dropdowns", name, item];
        }
    }
    vec![if problem.name == "dropdowns" { "dropdowns" } else { "objects" }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        parse_schema("s.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn each_problem_names_its_line() {
        let field = |rest| format!("objects:\n  company:\n    fields:\n      A__gc: {rest}\n");
        for (text, expected) in [
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
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
