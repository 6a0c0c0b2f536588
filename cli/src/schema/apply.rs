//! `people schema apply`: shows the differences, asks, then applies them one by one.

use std::io::{self, IsTerminal};

use indicatif::ProgressBar;
use people_domain::count::format_count;
use people_domain::schema::{SchemaChange, diff_schemas};
use people_storage::TenantStore;
use serde_json::json;

use super::{file, format_changes, format_indexed, index, list_unfinished};
use crate::args::schema::ApplyArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, ask_yes_or_no, bar_style, is_interactive, print_message};

const NO_TERMINAL: &str = "nobody can be asked, since the input is no terminal: pass --yes to apply \
    the changes or --dry-run to see them alone";

pub(super) async fn apply_schema(
    store: &TenantStore,
    args: &ApplyArgs,
) -> Result<CommandOutput, CommandError> {
    let wanted = file::read_schema(&args.file)?;
    let changes = diff_schemas(&store.export_schema().await?, &wanted);
    refuse_forbidden(&changes)?;
    if args.dry_run {
        return Ok(dry_run_output(
            [format_changes(&changes), list_unfinished(store).await?].concat(),
        ));
    }
    if !changes.is_empty() {
        confirm_changes(args, &changes)?;
    }
    apply_changes(store, &changes).await?;
    let indexed = index::finish_indexes(store).await?;
    Ok(applied_output(&changes, &indexed))
}

/// Refuses all changes if one is forbidden, before anything is written.
fn refuse_forbidden(changes: &[SchemaChange]) -> Result<(), CommandError> {
    let is_forbidden = |change: &&SchemaChange| matches!(change, SchemaChange::Forbidden(_));
    let forbidden: Vec<_> = changes.iter().filter(is_forbidden).map(ToString::to_string).collect();
    if forbidden.is_empty() {
        return Ok(());
    }
    Err(CommandError::Refused(format!("nothing was changed\n{}", forbidden.join("\n"))))
}

fn dry_run_output(lines: Vec<String>) -> CommandOutput {
    let result = json!({ "changes": lines, "applied": false, "indexed": [] });
    if lines.is_empty() {
        return CommandOutput::new(result, "nothing to do".to_owned());
    }
    CommandOutput::new(result, lines.join("\n")).with_note("Nothing was written.".to_owned())
}

fn confirm_changes(args: &ApplyArgs, changes: &[SchemaChange]) -> Result<(), CommandError> {
    if !args.yes && !io::stdin().is_terminal() {
        return Err(CommandError::Usage(NO_TERMINAL));
    }
    format_changes(changes).iter().for_each(|line| print_message(line));
    let question = format!("Apply to tenant {}? [y/N] ", args.tenant);
    if args.yes || ask_yes_or_no(&question) {
        return Ok(());
    }
    Err(CommandError::Refused("nothing was changed".to_owned()))
}

async fn apply_changes(store: &TenantStore, changes: &[SchemaChange]) -> Result<(), CommandError> {
    let bar = ProgressBar::new(changes.len() as u64);
    bar.set_style(bar_style("{bar:20} {pos}/{len} {msg}"));
    for (done, change) in changes.iter().enumerate() {
        bar.set_message(change.to_string());
        if let Err(error) = store.apply_schema_change(change).await {
            bar.finish_and_clear();
            let all = format_count(changes.len() as u64, "change");
            print_message(&format!("{done} of {all} made; apply again to go on."));
            return Err(error.into());
        }
        bar.inc(1);
        if !is_interactive() {
            print_message(&format!("{}/{} done", done + 1, changes.len()));
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn applied_output(changes: &[SchemaChange], indexed: &[String]) -> CommandOutput {
    let result = json!({ "changes": format_changes(changes), "applied": !changes.is_empty(), "indexed": indexed });
    let applied = format_count(changes.len() as u64, "change");
    let text = match (changes.len(), indexed.len()) {
        (0, fields) => format_indexed(fields),
        (_, 0) => format!("{applied} applied"),
        (_, fields) => format!("{applied} applied, {}", format_indexed(fields)),
    };
    let output = CommandOutput::new(result, text);
    if changes.is_empty() {
        return output;
    }
    output.with_note("Running processes see them within 60 s.".to_owned())
}
