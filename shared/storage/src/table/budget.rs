//! The limits of the searches of one call by fields without an index: bytes and time.

use std::time::{Duration, Instant};

use people_domain::limit;

use crate::Usage;

/// Bytes that a unit of a strongly consistent read covers.
const READ_UNIT_BYTES: f64 = 4_096.0;

const BYTES_PER_MB: usize = 1024 * 1024;

/// The reads that a call may still do.
#[derive(Debug)]
pub(crate) struct ReadBudget {
    started: Instant,
    units_before: f64,
    time_limit: Duration,
}

/// The time that a chunk may spend on lookups. It is longer than that of a call, because no caller
/// waits for a chunk and a slow store should not fail its rows. A worker has 120 s.
const JOB_READ_TIME_MAX: Duration = Duration::from_secs(60);

/// A read limit that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExceededLimit {
    Bytes,
    Time(Duration),
}

impl ReadBudget {
    /// The budget of a synchronous call.
    pub(crate) fn for_call(usage: Usage) -> Self {
        let time_limit = Duration::from_secs(limit::SEARCH_SECONDS_MAX);
        Self { started: Instant::now(), units_before: usage.units, time_limit }
    }

    /// The budget of a chunk of a job.
    pub(crate) fn for_job(usage: Usage) -> Self {
        Self { time_limit: JOB_READ_TIME_MAX, ..Self::for_call(usage) }
    }

    pub(crate) fn exceeded_limit(&self, usage: Usage) -> Option<ExceededLimit> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let units_max = limit::SEARCH_BYTES_MAX as f64 / READ_UNIT_BYTES;
        if usage.units - self.units_before > units_max {
            Some(ExceededLimit::Bytes)
        } else if self.started.elapsed() > self.time_limit {
            Some(ExceededLimit::Time(self.time_limit))
        } else {
            None
        }
    }
}

impl ExceededLimit {
    /// Says that `subject`, a kind of call, has this limit.
    pub(crate) fn format_message(self, subject: &str) -> String {
        match self {
            Self::Bytes => {
                format!("{subject} reads at most {} MB", limit::SEARCH_BYTES_MAX / BYTES_PER_MB)
            }
            Self::Time(time) => format!("{subject} takes at most {} seconds", time.as_secs()),
        }
    }
}
