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
}

/// A limit of reading that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Bytes,
    Seconds,
}

impl Budget {
    pub(crate) fn start(usage: Usage) -> Self {
        Self { started: Instant::now(), before: usage.units }
    }

    /// The limit that is passed, if one is.
    pub(crate) fn exceeded(&self, usage: Usage) -> Option<Exceeded> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let most = limit::QUERY_READ as f64 / UNIT;
        if usage.units - self.before > most {
            Some(Exceeded::Bytes)
        } else if self.started.elapsed() > Duration::from_secs(limit::QUERY_SECONDS) {
            Some(Exceeded::Seconds)
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
            Self::Seconds => format!("{what} takes at most {} seconds", limit::QUERY_SECONDS),
        }
    }
}
