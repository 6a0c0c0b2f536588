//! Reports progress where no bar is visible: a plain line every few seconds.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, interval_at};

use crate::output::{is_interactive, print_message};

/// The pause between two lines.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Runs `work` and prints `line`, the text of its progress bar, at intervals.
pub(crate) async fn report_progress<T>(
    work: impl Future<Output = T>,
    line: impl Fn() -> String,
) -> T {
    let mut work = pin!(work);
    let mut ticks = interval_at(Instant::now() + REPORT_INTERVAL, REPORT_INTERVAL);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = ticks.tick() => if !is_interactive() {
                print_message(&line());
            },
        }
    }
}
