//! `people schema apply`: shows the differences, asks, then makes them one by one.

use std::io::{self, IsTerminal};

use indicatif::ProgressBar;
use people_domain::count::print_count;
use people_domain::schema::{Change, diff};
use people_storage::TenantStore;
use serde_json::json;

use super::{file, index, print_indexed, shown, unfinished};
use crate::args::schema::Apply;
use crate::failure::Failure;
use crate::output::{Answer, ask, is_watched, say, style};

const NO_TERMINAL: &str = "nobody can be asked, since the input is no terminal: pass --yes to apply \
    the changes or --dry-run to see them alone";

pub(super) async fn run(store: &TenantStore, args: &Apply) -> Result<Answer, Failure> {
    let wanted = file::read(&args.file)?;
    let changes = diff(&store.schema().await?, &wanted);
    possible(&changes)?;
    if args.dry_run {
        return Ok(dry([shown(&changes), unfinished(store).await?].concat()));
    }
    if !changes.is_empty() {
        agreed(args, &changes)?;
    }
    change(store, &changes).await?;
    let indexed = index::finish(store).await?;
    Ok(done(&changes, &indexed))
}

/// One that can't be done refuses all, before anything is written.
fn possible(changes: &[Change]) -> Result<(), Failure> {
    let is_forbidden = |change: &&Change| matches!(change, Change::Forbidden(_));
    let forbidden: Vec<_> = changes.iter().filter(is_forbidden).map(ToString::to_string).collect();
    if forbidden.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(format!("nothing was changed\n{}", forbidden.join("\n"))))
}

fn dry(lines: Vec<String>) -> Answer {
    let result = json!({ "changes": lines, "applied": false, "indexed": [] });
    match lines.is_empty() {
        true => Answer::new(result, "nothing to do".to_owned()),
        false => Answer::new(result, lines.join("\n")).note("Nothing was written.".to_owned()),
    }
}

fn agreed(args: &Apply, changes: &[Change]) -> Result<(), Failure> {
    if !args.yes && !io::stdin().is_terminal() {
        return Err(Failure::Usage(NO_TERMINAL));
    }
    shown(changes).iter().for_each(|line| say(line));
    let question = format!("Apply to tenant {}? [y/N] ", args.tenant);
    match args.yes || ask(&question) {
        true => Ok(()),
        false => Err(Failure::Refused("nothing was changed".to_owned())),
    }
}

async fn change(store: &TenantStore, changes: &[Change]) -> Result<(), Failure> {
    let bar = ProgressBar::new(changes.len() as u64);
    bar.set_style(style("{bar:20} {pos}/{len} {msg}"));
    for (done, change) in changes.iter().enumerate() {
        bar.set_message(change.to_string());
        if let Err(error) = store.change_schema(change).await {
            bar.finish_and_clear();
            let all = print_count(changes.len() as u64, "change");
            say(&format!("{done} of {all} made; apply again to go on."));
            return Err(error.into());
        }
        bar.inc(1);
        if !is_watched() {
            say(&format!("{}/{} done", done + 1, changes.len()));
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn done(changes: &[Change], indexed: &[String]) -> Answer {
    let result =
        json!({ "changes": shown(changes), "applied": !changes.is_empty(), "indexed": indexed });
    let applied = print_count(changes.len() as u64, "change");
    let text = match (changes.len(), indexed.len()) {
        (0, fields) => print_indexed(fields),
        (_, 0) => format!("{applied} applied"),
        (_, fields) => format!("{applied} applied, {}", print_indexed(fields)),
    };
    let answer = Answer::new(result, text);
    match changes.is_empty() {
        true => answer,
        false => answer.note("Running processes see them within 60 s.".to_owned()),
    }
}
