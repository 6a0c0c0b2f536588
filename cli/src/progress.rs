//! Progress where nobody sees a bar: a plain line every few seconds.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, interval_at};

use crate::output::{is_interactive, print_message};

/// How long nothing is said.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Does work, and says meanwhile how far it is; `line`: what the bar shows.
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
