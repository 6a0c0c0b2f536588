//! `people schema`: apply, export, diff, index.

mod apply;
mod file;
mod index;
mod lines;

use people_domain::count::print_count;
use people_domain::schema::{Change, Schema, diff};
use people_storage::{Store, TenantStore, Unindexed};
use serde_json::json;

use crate::args::schema::{Format, SchemaCommand};
use crate::failure::Failure;
use crate::output::Answer;
use crate::tenant;

pub(crate) async fn run(store: &Store, command: SchemaCommand) -> Result<Answer, Failure> {
    match command {
        SchemaCommand::Apply(args) => {
            apply::run(&of(store, args.tenant.as_str()).await?, &args).await
        }
        SchemaCommand::Export { tenant, format } => {
            export(&of(store, tenant.as_str()).await?.schema().await?, format)
        }
        SchemaCommand::Diff { tenant, file } => {
            let wanted = file::read(&file)?;
            let store = of(store, tenant.as_str()).await?;
            let changes = diff(&store.schema().await?, &wanted);
            Ok(differences(&[shown(&changes), unfinished(&store).await?].concat()))
        }
        SchemaCommand::Index { tenant } => rest(&of(store, tenant.as_str()).await?).await,
    }
}

/// The store as the tenant of this id sees it.
pub(crate) async fn of(store: &Store, tenant: &str) -> Result<TenantStore, Failure> {
    Ok(store.of(tenant::find(store, tenant).await?))
}

fn export(schema: &Schema, format: Format) -> Result<Answer, Failure> {
    let text = match format {
        Format::Yaml => serde_norway::to_string(schema).map_err(|error| error.to_string()),
        Format::Json => serde_json::to_string_pretty(schema).map_err(|error| error.to_string()),
    };
    let text =
        text.map_err(|error| Failure::Refused(format!("the schema can't be shown: {error}")))?;
    Ok(Answer::new(schema, text.trim_end().to_owned()))
}

/// As `diff` does it: a difference is exit code 1.
fn differences(lines: &[String]) -> Answer {
    match lines.is_empty() {
        true => Answer::new(lines, "no differences".to_owned()),
        false => Answer::new(lines, lines.join("\n")).code(1),
    }
}

async fn rest(store: &TenantStore) -> Result<Answer, Failure> {
    let indexed = index::finish(store).await?;
    let text = print_indexed(indexed.len());
    Ok(Answer::new(json!({ "indexed": indexed }), text))
}

/// Prints how many fields were indexed.
fn print_indexed(fields: usize) -> String {
    match fields {
        0 => "nothing to do".to_owned(),
        fields => format!("{} indexed", print_count(fields as u64, "field")),
    }
}

/// The indexes that an interrupted `apply` left unfinished, one a line.
async fn unfinished(store: &TenantStore) -> Result<Vec<String>, Failure> {
    let id = &store.tenant().id;
    let line = |field: &Unindexed| {
        let name = index::name(field);
        format!("~ index of {name}: unfinished; `people schema index {id}` finishes it")
    };
    Ok(store.unindexed().await?.iter().map(line).collect())
}

/// The changes as they are shown, one a line.
fn shown(changes: &[Change]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}
