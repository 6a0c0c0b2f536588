//! The progress bar of a job: a spinner until the number of rows is known.

use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, ProgressBar};
use people_storage::jobs::{Job, JobKind, JobProgress, JobState};
use tokio::time::Instant;

use crate::output::bar_style;

const TICK_INTERVAL: Duration = Duration::from_millis(250);

/// From this many seconds on, the remaining time is shown in minutes.
const MINUTES_SHOWN_FROM_SECONDS: u128 = 180;

pub(super) struct JobProgressBar {
    bar: ProgressBar,
    /// When the first progress was seen, and the units done by then; these don't count for the
    /// speed.
    since: Option<(Instant, u64)>,
}

impl JobProgressBar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(bar_style("{spinner} {msg}, {elapsed}"));
        bar.enable_steady_tick(TICK_INTERVAL);
        Self { bar, since: None }
    }

    /// A second handle to the bar, for reading its text while the first updates it.
    pub(super) fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }

    pub(super) fn show_job(&mut self, job: &Job, progress: JobProgress) {
        let Some(chunks) = job.chunks() else {
            self.since = Some((Instant::now(), 0));
            self.bar.set_message(match job.state {
                JobState::Awaited { .. } => "The payload's arrival is awaited",
                _ => "The payload is being looked through",
            });
            return;
        };
        let (done, left, unit) = match job.kind {
            JobKind::Delete => {
                let done = progress.settled;
                (done.into(), chunks.saturating_sub(done).into(), "chunks")
            }
            _ => (progress.counts.total(), progress.rows_left, "rows"),
        };
        let (start, done_before) = *self.since.get_or_insert_with(|| (Instant::now(), done));
        let pace = format_pace(done.saturating_sub(done_before), left, start.elapsed(), unit);
        if self.bar.length().is_none() {
            self.bar.set_style(bar_style("{bar:30} {human_pos}/{human_len} {msg}"));
        }
        self.bar.set_length(done + left);
        self.bar.set_position(done);
        self.bar.set_message(format!("{unit}, {pace}"));
    }
}

impl Drop for JobProgressBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Formats a progress bar as plain text.
pub(super) fn format_bar(bar: &ProgressBar) -> String {
    let message = bar.message();
    match bar.length() {
        None => format!("{message}, {:#}", HumanDuration(bar.elapsed())),
        Some(length) => {
            format!("{}/{} {message}", HumanCount(bar.position()), HumanCount(length))
        }
    }
}

/// Formats the speed and the remaining time in whole numbers; both are unknown until a first unit
/// is done.
fn format_pace(done_since: u64, left: u64, elapsed: Duration, unit: &str) -> String {
    let millis = elapsed.as_millis();
    let format_count =
        |number: u128| HumanCount(u64::try_from(number).unwrap_or(u64::MAX)).to_string();
    let Some(rest) = (millis * u128::from(left)).checked_div(u128::from(done_since)) else {
        return format!("- {unit}/s, - left");
    };
    let rate = match (u128::from(done_since) * 1_000).checked_div(millis) {
        None => "-".to_owned(),
        Some(0) => "<1".to_owned(),
        Some(rate) => format_count(rate),
    };
    let rest = match rest.div_ceil(1_000) {
        seconds if seconds < MINUTES_SHOWN_FROM_SECONDS => format!("{seconds} s"),
        seconds => format!("{} min", format_count(seconds.div_ceil(60))),
    };
    format!("{rate} {unit}/s, {rest} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_of_what_was_done_since_it_is_watched() {
        for (done_since, left, millis, expected) in [
            (0, 3_000, 0, "- rows/s, - left"),
            (0, 3_000, 60_000, "- rows/s, - left"),
            (500, 2_500, 704, "710 rows/s, 4 s left"),
            (500, 0, 704, "710 rows/s, 0 s left"),
            (100_000, 7_200_000, 10_000, "10,000 rows/s, 12 min left"),
            (1, 2, 90_000, "<1 rows/s, 3 min left"),
            (1, 2, 0, "- rows/s, 0 s left"),
        ] {
            let elapsed = Duration::from_millis(millis);
            assert_eq!(
                format_pace(done_since, left, elapsed, "rows"),
                expected,
                "{done_since}, {left}, {millis}"
            );
        }
    }
}
