//! How many queries of a tenant may read much at the same time: a pass over all people takes what
//! the table gives to other tenants too.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;
use people_domain::limit;

use super::{QueryRefusal, QueryResult};
use crate::TenantStore;
use crate::table::keys;
use crate::table::update::ItemUpdate;

/// How long a query waits for another one to end.
const WAIT_MAX: Duration = Duration::from_secs(5);

const WAIT_STEP: Duration = Duration::from_millis(500);

/// A process that dies keeps its place for so long: no longer than a query may take.
const LEASE: Duration = Duration::from_secs(limit::QUERY_DEADLINE_SECONDS + 2);

/// A place among the passes of a tenant.
#[derive(Debug)]
pub(crate) struct PassLease {
    attribute: String,
    until: Stamp,
}

impl TenantStore {
    /// Takes a place among the passes, or waits for one.
    pub(super) async fn begin_pass(&self) -> QueryResult<PassLease> {
        match self.begin_pass_in_time().await? {
            Some(lease) => Ok(lease),
            None => Err(QueryRefusal::LimitExceeded(format_passes_limit()).into()),
        }
    }

    /// Takes a place among the passes; `None` if none becomes free in time.
    pub(crate) async fn begin_pass_in_time(&self) -> crate::Result<Option<PassLease>> {
        let deadline = tokio::time::Instant::now() + WAIT_MAX;
        loop {
            for place in 0..limit::QUERY_PASSES_MAX {
                if let Some(lease) = self.lease_pass(format!("pass{place}")).await? {
                    return Ok(Some(lease));
                }
            }
            if tokio::time::Instant::now() > deadline {
                return Ok(None);
            }
            tokio::time::sleep(WAIT_STEP).await;
        }
    }

    async fn lease_pass(&self, attribute: String) -> crate::Result<Option<PassLease>> {
        let now = self.store.new_stamp();
        let until = now.later_by(LEASE);
        let update = ItemUpdate::default().set_text(&attribute, until.as_str()).require(|p| {
            let (name, now) = (p.add_name(&attribute), p.add_text(now.as_str()));
            format!("(attribute_not_exists({name}) OR {name} < {now})")
        });
        let write = self.store.send_update(&keys::passes_key(&self.tenant.id), update).await?;
        Ok(write.is_done().then_some(PassLease { attribute, until }))
    }

    /// Gives a place back, unless it has expired and another query has it.
    pub(crate) async fn end_pass(&self, lease: PassLease) -> crate::Result<()> {
        let update = ItemUpdate::default()
            .set_text(&lease.attribute, Stamp::from_millis(0).as_str())
            .if_text(&lease.attribute, lease.until.as_str());
        self.store.send_update(&keys::passes_key(&self.tenant.id), update).await?;
        Ok(())
    }
}

/// Says that all places are taken.
pub(crate) fn format_passes_limit() -> String {
    format!(
        "{} queries of this tenant are reading all of an object, which is the most at a time; \
         repeat this one later",
        limit::QUERY_PASSES_MAX
    )
}
