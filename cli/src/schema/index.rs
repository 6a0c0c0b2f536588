//! Makes the indexes of fields that old records have: waits until no process writes under the
//! schema before, then goes page by page from where it stood.

use std::time::Duration;

use indicatif::ProgressBar;
use jiff::Timestamp;
use people_domain::count::print_count;
use people_storage::{TenantStore, Unindexed};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::output::{is_watched, say, style};

/// How long a running process may still write under metadata that it remembers (ADR 33).
const OLD_METADATA: Duration = Duration::from_secs(60);

/// How far apart the clocks of two machines that run this command may be.
const CLOCKS: Duration = Duration::from_secs(60);

const TICK: Duration = Duration::from_millis(250);

/// Finishes what is to be indexed; the fields that were.
pub(super) async fn finish(store: &TenantStore) -> Result<Vec<String>, Failure> {
    let fields = store.unindexed().await?;
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = fields.iter().map(name).collect();
    say(&format!(
        "{} to index; interrupted, `people schema index {}` goes on from where it stood.",
        names.join(", "),
        store.tenant().id
    ));
    let now = Timestamp::now();
    wait(fields.iter().map(|field| left(field, now)).max().unwrap_or_default()).await;
    for field in &fields {
        index(store, field).await?;
    }
    Ok(names)
}

pub(super) fn name(field: &Unindexed) -> String {
    format!("{}.{}", field.object, field.field)
}

/// How long a process may still write without the field's entries. Once some are made, the wait
/// was before; a time that another clock gave counts only when it lies far enough back.
fn left(field: &Unindexed, now: Timestamp) -> Duration {
    let age = field.since.map_or(0, |since| now.as_millisecond() - since.millis());
    let age = Duration::from_millis(u64::try_from(age).unwrap_or_default());
    match field.begun {
        true => Duration::ZERO,
        false => OLD_METADATA.min((OLD_METADATA + CLOCKS).saturating_sub(age)),
    }
}

async fn wait(time: Duration) {
    if time.is_zero() {
        return;
    }
    let why = "Waiting until no running process writes without the new indexes";
    if !is_watched() {
        say(&format!("{why}: up to {} s.", time.as_millis().div_ceil(1_000)));
    }
    let bar = ProgressBar::new(time.as_secs()).with_message(why);
    bar.set_style(style("{msg} {bar:20} {pos}/{len} s"));
    let start = Instant::now();
    while start.elapsed() < time {
        bar.set_position(start.elapsed().as_secs());
        tokio::time::sleep(TICK.min(time.saturating_sub(start.elapsed()))).await;
    }
    bar.finish_and_clear();
}

async fn index(store: &TenantStore, field: &Unindexed) -> Result<(), Failure> {
    let bar = ProgressBar::new_spinner().with_message(name(field));
    bar.set_style(style("{spinner} {msg}: {human_pos} records, {per_sec}, {elapsed}"));
    bar.enable_steady_tick(TICK);
    loop {
        let page = store.index_page(&field.object, &field.field).await?;
        bar.inc(page.records as u64);
        if page.last {
            break;
        }
    }
    bar.finish_and_clear();
    say(&format!("{} is indexed: {}.", name(field), print_count(bar.position(), "record")));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use people_domain::ids::stamp::{LOW_BITS, Stamp};

    fn field(since: Option<i64>, begun: bool) -> Unindexed {
        let stamp = |millis| Stamp::new(u128::try_from(millis).unwrap() << LOW_BITS);
        let (object, field) = ("company".to_owned(), "Tier__gc".to_owned());
        Unindexed { object, field, since: since.map(stamp), begun }
    }

    #[test]
    fn the_wait_is_over_when_no_process_can_remember_the_schema_before() {
        let now = 1_700_000_000_000;
        let left = |field| left(&field, Timestamp::from_millisecond(now).unwrap()).as_secs();
        for (age, expected) in [(0, 60), (60, 60), (90, 30), (119, 1), (120, 0), (86_400, 0)] {
            assert_eq!(left(field(Some(now - age * 1_000), false)), expected, "{age} s ago");
        }
        assert_eq!(left(field(Some(now + 600_000), false)), 60, "by a clock that is ahead");
        assert_eq!(left(field(None, false)), 60, "at a time that is not known");
        assert_eq!(left(field(Some(now), true)), 0, "an index that was begun had its wait");
    }
}
