//! The limits of what one page of a list reads.

use std::time::Instant;

use crate::query::passes::{PassLease, format_passes_limit};
use crate::{QueryLimits, Result, StoreError, TenantStore};

/// The reads of a page so far.
pub(super) struct ListBudget<'s> {
    store: &'s TenantStore,
    limits: QueryLimits,
    started: Instant,
    units_before: f64,
    pass: Option<PassLease>,
}

impl<'s> ListBudget<'s> {
    pub(super) fn new(store: &'s TenantStore, limits: QueryLimits) -> Self {
        let units_before = store.usage().units;
        Self { store, limits, started: Instant::now(), units_before, pass: None }
    }

    /// The limit that was exceeded, if one was.
    pub(super) fn exceeded_limit(&self) -> Option<String> {
        if self.units() > f64::from(self.limits.units) {
            Some(format!("reads at most {} units of 4 KB", self.limits.units))
        } else if self.started.elapsed() > self.limits.time {
            Some(format!("reads for at most {} seconds", self.limits.time.as_secs()))
        } else {
            None
        }
    }

    fn units(&self) -> f64 {
        self.store.usage().units - self.units_before
    }

    /// Like [`Self::exceeded_limit`], and takes a place among the passes of the tenant when much
    /// was read.
    pub(super) async fn check(&mut self) -> Result<Option<String>> {
        let exceeded = self.exceeded_limit();
        if exceeded.is_some() {
            return Ok(exceeded);
        }
        if self.pass.is_none() && self.units() > f64::from(self.limits.pass_units) {
            let pass = self.store.begin_pass_in_time().await?;
            let pass = pass.ok_or_else(|| StoreError::ReadLimitExceeded(format_passes_limit()))?;
            self.pass = Some(pass);
        }
        Ok(None)
    }

    /// Gives the place among the passes back.
    pub(super) async fn finish(self) {
        if let Some(pass) = self.pass {
            // A place that is not given back expires.
            _ = self.store.end_pass(pass).await;
        }
    }
}
