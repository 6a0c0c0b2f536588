//! The limits of one query: bytes, time, and what it holds. A caller is told which one ended it.

use std::time::{Duration, Instant};

use people_domain::limit;
use people_domain::query::Query;

use super::QueryRefusal;
use crate::Usage;

/// Bytes that a unit of a strongly consistent read covers.
const UNIT: f64 = 4_096.0;

const MB: usize = 1024 * 1024;

/// What a query may still use.
#[derive(Debug)]
pub(super) struct Budget {
    started: Instant,
    before: f64,
}

impl Budget {
    pub(super) fn start(usage: Usage) -> Self {
        Self { started: Instant::now(), before: usage.units }
    }

    /// The limit that is passed, if one is.
    pub(super) fn check(
        &self,
        usage: Usage,
        cells: usize,
        query: &Query<'_>,
    ) -> Result<(), QueryRefusal> {
        let keys = query.keys();
        let narrow = format!("add a condition on one of {keys}, ANDed with the others");
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let most = limit::QUERY_READ as f64 / UNIT;
        let text = match () {
            () if usage.units - self.before > most => {
                format!("A query reads at most {} MB; {narrow}", limit::QUERY_READ / MB)
            }
            () if self.started.elapsed() > Duration::from_secs(limit::QUERY_SECONDS) => {
                format!("A query takes at most {} seconds; {narrow}", limit::QUERY_SECONDS)
            }
            () if cells > limit::QUERY_CELLS => format!(
                "A query holds at most {} values while it sorts; select fewer fields, or lower offset and limit",
                limit::QUERY_CELLS
            ),
            () => return Ok(()),
        };
        Err(QueryRefusal::TooMuch(text))
    }
}

pub(super) fn answer_too_large() -> QueryRefusal {
    QueryRefusal::TooMuch(format!(
        "The rows would be larger than {} MB; select fewer fields, or lower limit",
        limit::ANSWER / MB
    ))
}
