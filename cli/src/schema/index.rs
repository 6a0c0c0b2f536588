//! Makes the indexes of fields that old records have: waits until no process writes under the
//! schema before, then goes page by page from where it stood.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use people_storage::TenantStore;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::output::{is_watched, say};

/// How long a running process may still write under metadata that it remembers (contract 4).
const OLD_METADATA: Duration = Duration::from_secs(60);

const TICK: Duration = Duration::from_millis(250);

/// Finishes what is to be indexed; the fields that were. `since` is when the schema last changed.
pub(super) async fn finish(store: &TenantStore, since: Instant) -> Result<Vec<String>, Failure> {
    let fields = store.indexing().await?;
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let id = &store.tenant().id;
    say(&format!(
        "{} to index; interrupted, `people schema index {id}` goes on from where it stood.",
        fields
            .iter()
            .map(|(object, field)| format!("{object}.{field}"))
            .collect::<Vec<_>>()
            .join(", ")
    ));
    wait(since).await;
    let mut done = Vec::new();
    for (object, field) in fields {
        index(store, &object, &field).await?;
        done.push(format!("{object}.{field}"));
    }
    Ok(done)
}

async fn wait(since: Instant) {
    let why = "Waiting until no running process writes without the new indexes";
    if !is_watched() {
        say(&format!("{why}: up to {} s.", OLD_METADATA.as_secs()));
    }
    let bar = ProgressBar::new(OLD_METADATA.as_secs()).with_message(why);
    bar.set_style(style("{msg} {bar:20} {pos}/{len} s"));
    while since.elapsed() < OLD_METADATA {
        bar.set_position(since.elapsed().as_secs());
        tokio::time::sleep(TICK.min(OLD_METADATA.saturating_sub(since.elapsed()))).await;
    }
    bar.finish_and_clear();
}

async fn index(store: &TenantStore, object: &str, field: &str) -> Result<(), Failure> {
    let bar = ProgressBar::new_spinner().with_message(format!("{object}.{field}"));
    bar.set_style(style("{spinner} {msg}: {human_pos} records, {per_sec}, {elapsed}"));
    bar.enable_steady_tick(TICK);
    while let Some(records) = store.index_page(object, field).await? {
        bar.inc(records as u64);
    }
    bar.finish_and_clear();
    say(&format!("{object}.{field} is indexed."));
    Ok(())
}

/// A style; indicatif's own if the template were wrong.
pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
