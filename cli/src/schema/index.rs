//! Builds indexes for fields of existing records: waits until no process writes under the old
//! schema, then goes on page by page from the last one that was stored.

use std::time::Duration;

use indicatif::ProgressBar;
use jiff::Timestamp;
use people_domain::count::format_count;
use people_domain::people::AssociationIndex;
use people_storage::{PendingIndex, TenantStore};
use tokio::time::Instant;

use crate::error::CommandError;
use crate::output::{bar_style, is_interactive, print_message};

/// How long a running process may still write under cached metadata (ADR 33).
const METADATA_CACHE_TIME: Duration = Duration::from_secs(60);

/// How long a chunk may still try to write a person under metadata that it has read before: longer
/// than it goes on when others write to the same person.
const PERSON_WRITE_TIME: Duration = Duration::from_secs(30);

/// Largest difference between the clocks of two machines that run this command.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(60);

const TICK_INTERVAL: Duration = Duration::from_millis(250);

/// Finishes all pending indexes and returns their fields.
pub(super) async fn finish_indexes(store: &TenantStore) -> Result<Vec<String>, CommandError> {
    let fields = store.list_pending_indexes().await?;
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = fields.iter().map(field_path).collect();
    print_message(&format!(
        "{} to index; interrupted, `people schema index {}` goes on from where it stood.",
        names.join(", "),
        store.tenant().id
    ));
    let now = Timestamp::now();
    wait_with_bar(fields.iter().map(|field| remaining_wait(field, now)).max().unwrap_or_default())
        .await;
    for field in &fields {
        index_field(store, field).await?;
    }
    Ok(names)
}

pub(super) fn field_path(field: &PendingIndex) -> String {
    format!("{}.{}", field.object, field.field)
}

/// Returns how long a process may still write without the field's entries. If some exist, the wait
/// has already happened; a time stamped by another clock counts only once it is old enough.
fn remaining_wait(field: &PendingIndex, now: Timestamp) -> Duration {
    let age = field.since.map_or(0, |since| now.as_millisecond() - since.millis());
    let age = Duration::from_millis(u64::try_from(age).unwrap_or_default());
    if field.begun {
        return Duration::ZERO;
    }
    let old_writes = match AssociationIndex::of_field(&field.object, &field.field) {
        Some(_) => METADATA_CACHE_TIME + PERSON_WRITE_TIME,
        None => METADATA_CACHE_TIME,
    };
    old_writes.min((old_writes + CLOCK_SKEW_MAX).saturating_sub(age))
}

async fn wait_with_bar(time: Duration) {
    if time.is_zero() {
        return;
    }
    let why = "Waiting until no running process writes without the new indexes";
    if !is_interactive() {
        print_message(&format!("{why}: up to {} s.", time.as_millis().div_ceil(1_000)));
    }
    let bar = ProgressBar::new(time.as_secs()).with_message(why);
    bar.set_style(bar_style("{msg} {bar:20} {pos}/{len} s"));
    let start = Instant::now();
    while start.elapsed() < time {
        bar.set_position(start.elapsed().as_secs());
        tokio::time::sleep(TICK_INTERVAL.min(time.saturating_sub(start.elapsed()))).await;
    }
    bar.finish_and_clear();
}

async fn index_field(store: &TenantStore, field: &PendingIndex) -> Result<(), CommandError> {
    let bar = ProgressBar::new_spinner().with_message(field_path(field));
    bar.set_style(bar_style("{spinner} {msg}: {human_pos} records, {per_sec}, {elapsed}"));
    bar.enable_steady_tick(TICK_INTERVAL);
    loop {
        let page = store.build_index_page(&field.object, &field.field).await?;
        bar.inc(page.records as u64);
        if page.last {
            break;
        }
    }
    bar.finish_and_clear();
    print_message(&format!(
        "{} is indexed: {}.",
        field_path(field),
        format_count(bar.position(), "record")
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use people_domain::ids::stamp::{LOW_BITS, Stamp};

    fn field(since: Option<i64>, begun: bool) -> PendingIndex {
        let stamp = |millis| Stamp::new(u128::try_from(millis).unwrap() << LOW_BITS);
        let (object, field) = ("company".to_owned(), "Tier__gc".to_owned());
        PendingIndex { object, field, since: since.map(stamp), begun }
    }

    #[test]
    fn the_wait_is_over_when_no_process_can_remember_the_schema_before() {
        let now = 1_700_000_000_000;
        let left =
            |field| remaining_wait(&field, Timestamp::from_millisecond(now).unwrap()).as_secs();
        for (age, expected) in [(0, 60), (60, 60), (90, 30), (119, 1), (120, 0), (86_400, 0)] {
            assert_eq!(left(field(Some(now - age * 1_000), false)), expected, "{age} s ago");
        }
        assert_eq!(left(field(Some(now + 600_000), false)), 60, "by a clock that is ahead");
        assert_eq!(left(field(None, false)), 60, "at a time that is not known");
        let of_people = PendingIndex {
            object: "company_person".to_owned(),
            field: "Company_ID".to_owned(),
            ..field(None, false)
        };
        assert_eq!(left(of_people), 90, "a chunk takes longer over a person");
        assert_eq!(left(field(Some(now), true)), 0, "an index that was begun had its wait");
    }
}
