//! The budget of one call for rows that no key leads to: bytes and time.

use std::time::{Duration, Instant};

use people_domain::limit;

use crate::Usage;

/// Bytes that a unit of a strongly consistent read covers.
const READ_UNIT_BYTES: f64 = 4_096.0;

const BYTES_PER_MB: usize = 1024 * 1024;

/// The reading that a call may still do.
#[derive(Debug)]
pub(crate) struct ReadBudget {
    started: Instant,
    units_before: f64,
    time_limit: Duration,
}

/// The time of a chunk for what it looks up: nobody waits for it, and a slow store is no reason to
/// fail its rows. A worker has 120 s.
const JOB_READ_TIME_MAX: Duration = Duration::from_secs(60);

/// A limit of reading that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExceededLimit {
    Bytes,
    Time(Duration),
}

impl ReadBudget {
    /// The budget of a call that somebody waits for.
    pub(crate) fn for_call(usage: Usage) -> Self {
        let time = Duration::from_secs(limit::QUERY_READ_SECONDS_MAX);
        Self { started: Instant::now(), units_before: usage.units, time_limit: time }
    }

    /// The budget of a chunk of a job.
    pub(crate) fn for_job(usage: Usage) -> Self {
        Self { time_limit: JOB_READ_TIME_MAX, ..Self::for_call(usage) }
    }

    /// The limit that is passed, if one is.
    pub(crate) fn exceeded_limit(&self, usage: Usage) -> Option<ExceededLimit> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let most = limit::QUERY_READ_BYTES_MAX as f64 / READ_UNIT_BYTES;
        if usage.units - self.units_before > most {
            Some(ExceededLimit::Bytes)
        } else if self.started.elapsed() > self.time_limit {
            Some(ExceededLimit::Time(self.time_limit))
        } else {
            None
        }
    }
}

impl ExceededLimit {
    /// `what` may not do more than this.
    pub(crate) fn format_message(self, what: &str) -> String {
        match self {
            Self::Bytes => {
                format!("{what} reads at most {} MB", limit::QUERY_READ_BYTES_MAX / BYTES_PER_MB)
            }
            Self::Time(time) => format!("{what} takes at most {} seconds", time.as_secs()),
        }
    }
}
