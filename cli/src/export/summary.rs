//! The result of a complete export.

use std::path::Path;

use indicatif::HumanBytes;
use people_domain::count::format_count;
use serde_json::json;

use super::state::ExportState;
use crate::output::{CommandOutput, format_table};

pub(super) fn summarize_export(state: &ExportState, directory: &Path) -> CommandOutput {
    let files = state.files.iter();
    let rows = files
        .clone()
        .map(|file| [file.name.clone(), file.rows.to_string(), HumanBytes(file.bytes).to_string()]);
    let table = format_table(["FILE", "ROWS", "SIZE"], rows.collect());
    let listed: Vec<_> = files
        .map(|file| {
            json!({ "name": file.name, "object": file.object, "rows": file.rows, "bytes": file.bytes })
        })
        .collect();
    let result = json!({
        "directory": directory.display().to_string(),
        "files": listed,
        "nextSince": state.next_since,
    });
    let rows = state.files.iter().map(|file| file.rows).sum();
    let next = &state.next_since;
    let note = format!(
        "{} exported; for what changes from now on, export with --since {next}. That is 60 s before \
         this export began, so that the next one repeats the rows of that minute.",
        format_count(rows, "row")
    );
    CommandOutput::new(result, table).with_note(note)
}
