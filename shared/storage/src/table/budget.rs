//! The budget of one call for rows that no key leads to: bytes and time.

use std::time::{Duration, Instant};

use people_domain::limit;

use crate::Usage;

/// Bytes that a unit of a strongly consistent read covers.
const UNIT: f64 = 4_096.0;

const MB: usize = 1024 * 1024;

/// The reading that a call may still do.
#[derive(Debug)]
pub(crate) struct Budget {
    started: Instant,
    before: f64,
    time: Duration,
}

/// The time of a chunk for what it looks up: nobody waits for it, and a slow store is no reason to
/// fail its rows. A worker has 120 s.
const JOB_TIME: Duration = Duration::from_secs(60);

/// A limit of reading that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Bytes,
    Time(Duration),
}

impl Budget {
    /// The budget of a call that somebody waits for.
    pub(crate) fn of_call(usage: Usage) -> Self {
        let time = Duration::from_secs(limit::QUERY_SECONDS);
        Self { started: Instant::now(), before: usage.units, time }
    }

    /// The budget of a chunk of a job.
    pub(crate) fn of_job(usage: Usage) -> Self {
        Self { time: JOB_TIME, ..Self::of_call(usage) }
    }

    /// The limit that is passed, if one is.
    pub(crate) fn exceeded(&self, usage: Usage) -> Option<Exceeded> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let most = limit::QUERY_READ as f64 / UNIT;
        if usage.units - self.before > most {
            Some(Exceeded::Bytes)
        } else if self.started.elapsed() > self.time {
            Some(Exceeded::Time(self.time))
        } else {
            None
        }
    }
}

impl Exceeded {
    /// `what` may not do more than this.
    pub(crate) fn told_of(self, what: &str) -> String {
        match self {
            Self::Bytes => format!("{what} reads at most {} MB", limit::QUERY_READ / MB),
            Self::Time(time) => format!("{what} takes at most {} seconds", time.as_secs()),
        }
    }
}
