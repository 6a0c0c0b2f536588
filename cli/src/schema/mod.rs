//! `people schema`: apply, export, diff, index.

mod apply;
#[cfg(feature = "serve")]
pub(crate) mod demo;
mod file;
mod index;
mod lines;

use people_domain::count::format_count;
use people_domain::schema::{SchemaChange, SchemaFile, diff_schemas};
use people_storage::{PendingIndex, Store, TenantStore};
use serde_json::json;

#[cfg(feature = "serve")]
use crate::args::schema::ApplyArgs;
use crate::args::schema::{SchemaCommand, SchemaFormat};
use crate::error::CommandError;
use crate::output::CommandOutput;
use crate::tenant;

pub(crate) async fn run(
    store: &Store,
    command: SchemaCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        SchemaCommand::Apply(args) => {
            apply::apply_schema(&find_tenant_store(store, args.tenant.as_str()).await?, &args).await
        }
        SchemaCommand::Export { tenant, format } => export_schema(
            &find_tenant_store(store, tenant.as_str()).await?.export_schema().await?,
            format,
        ),
        SchemaCommand::Diff { tenant, file } => {
            let wanted = file::read_schema(&file)?;
            let store = find_tenant_store(store, tenant.as_str()).await?;
            let changes = diff_schemas(&store.export_schema().await?, &wanted);
            Ok(report_differences(
                &[format_changes(&changes), list_unfinished(&store).await?].concat(),
            ))
        }
        SchemaCommand::Index { tenant } => {
            run_index(&find_tenant_store(store, tenant.as_str()).await?).await
        }
    }
}

/// Applies a schema file that adds and changes, and removes nothing.
#[cfg(feature = "serve")]
pub(crate) async fn extend_schema(store: &Store, args: &ApplyArgs) -> Result<(), CommandError> {
    let store = find_tenant_store(store, args.tenant.as_str()).await?;
    let changes = diff_schemas(&store.export_schema().await?, &file::read_schema(&args.file)?);
    let removed = changes.iter().filter(|change| {
        matches!(
            change,
            SchemaChange::RemoveDropdown(_)
                | SchemaChange::RemoveObject(_)
                | SchemaChange::RemoveField(..)
        )
    });
    let removed: Vec<_> = removed.map(ToString::to_string).collect();
    if !removed.is_empty() {
        return Err(CommandError::Refused(format!(
            "the schema file lacks what tenant {} has; nothing was changed\n{}\nAdd it to the file, or \
             start without --schema and remove it with `people schema apply`",
            args.tenant,
            removed.join("\n")
        )));
    }
    apply::apply_schema(&store, args).await.map(|_| ())
}

/// Opens a tenant's store; an unknown id is an error.
pub(crate) async fn find_tenant_store(
    store: &Store,
    tenant: &str,
) -> Result<TenantStore, CommandError> {
    Ok(store.for_tenant(tenant::find_tenant(store, tenant).await?))
}

fn export_schema(schema: &SchemaFile, format: SchemaFormat) -> Result<CommandOutput, CommandError> {
    let text = match format {
        SchemaFormat::Yaml => serde_norway::to_string(schema).map_err(|error| error.to_string()),
        SchemaFormat::Json => {
            serde_json::to_string_pretty(schema).map_err(|error| error.to_string())
        }
    };
    let text =
        text.map_err(|error| CommandError::Refused(format!("the schema can't be shown: {error}")))?;
    Ok(CommandOutput::new(schema, text.trim_end().to_owned()))
}

/// Like `diff`, exits with 1 if there is a difference.
fn report_differences(lines: &[String]) -> CommandOutput {
    if lines.is_empty() {
        return CommandOutput::new(lines, "no differences".to_owned());
    }
    CommandOutput::new(lines, lines.join("\n")).with_exit_code(1)
}

async fn run_index(store: &TenantStore) -> Result<CommandOutput, CommandError> {
    let indexed = index::finish_indexes(store).await?;
    let text = format_indexed(indexed.len());
    Ok(CommandOutput::new(json!({ "indexed": indexed }), text))
}

/// Formats how many fields were indexed.
fn format_indexed(fields: usize) -> String {
    match fields {
        0 => "nothing to do".to_owned(),
        fields => format!("{} indexed", format_count(fields as u64, "field")),
    }
}

/// Lists the indexes that an interrupted `apply` left unfinished, one per line.
async fn list_unfinished(store: &TenantStore) -> Result<Vec<String>, CommandError> {
    let id = &store.tenant().id;
    let line = |field: &PendingIndex| {
        let name = index::field_path(field);
        format!("~ index of {name}: unfinished; `people schema index {id}` finishes it")
    };
    Ok(store.list_pending_indexes().await?.iter().map(line).collect())
}

/// Formats the changes, one per line.
fn format_changes(changes: &[SchemaChange]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}
