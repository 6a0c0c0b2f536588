//! `people person list`.

use serde_json::Value as Json;

use super::matching::{PersonFilter, render_match};
use crate::args::person::{PersonFormat, PersonListArgs};
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, format_columns};
use crate::{schema, store};

pub(super) async fn list_people(
    global: GlobalArgs,
    args: PersonListArgs,
) -> Result<CommandOutput, CommandError> {
    let store = store::open_store_for_passes(global).await?;
    let store = schema::find_tenant_store(&store, args.filter.tenant.as_str()).await?;
    let metadata = store.read_metadata().await?;
    let filter = PersonFilter::new(&args.filter, &args.fields, &store, &metadata).await?;
    // One more than is listed shows that there are more.
    let (limit, mut rows) = (usize::from(args.limit), Vec::new());
    filter
        .read_matches(&store, &metadata, &mut |query, people, related| {
            let people = people.into_iter().take(limit + 1 - rows.len());
            rows.extend(
                people.map(|person| (person.gsid.clone(), render_match(query, person, related))),
            );
            rows.len() <= limit
        })
        .await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let rows: Vec<Json> = rows.into_iter().map(|(_, row)| row).collect();
    let text = match args.format {
        PersonFormat::Table => format_people(&args.fields, &rows),
        PersonFormat::Jsonl => rows.iter().map(Json::to_string).collect::<Vec<_>>().join("\n"),
    };
    let output = CommandOutput::new(rows, text);
    Ok(if has_more {
        output.with_note(format!("These are {limit} of more people; --limit lists more of them."))
    } else {
        output
    })
}

fn format_people(fields: &[String], rows: &[Json]) -> String {
    let cells = |row: &Json| fields.iter().map(|field| format_cell(&row[field])).collect();
    format_columns(fields.to_vec(), rows.iter().map(cells).collect())
}

/// A value in one line.
fn format_cell(value: &Json) -> String {
    let text = match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.replace(char::is_control, " ")
}
