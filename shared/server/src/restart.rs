//! Resumes the jobs that were under way when the last server on the data ended.

use people_jobs::{Result, open_tenant_store};
use people_lambda::log_failure;
use people_storage::TenantStore;

use crate::connections::Connections;

/// The source of these failures in the log.
const SOURCE: &str = "restart";

impl Connections {
    /// Resumes the unfinished jobs of all tenants. A job that can't be resumed is logged, and a
    /// status poll tries again once it has stalled.
    pub(crate) async fn resume_jobs(&self) {
        let tenants = match self.store.list_tenants().await {
            Ok(tenants) => tenants,
            Err(error) => return log_failure(SOURCE, &format!("tenants: {error}")),
        };
        for tenant in tenants {
            let resumed = match open_tenant_store(&self.store, &tenant).await {
                Ok(Some(store)) => self.resume_tenant_jobs(&store).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = resumed {
                log_failure(SOURCE, &format!("jobs of {tenant}: {error}"));
            }
        }
    }

    /// Resumes the jobs of one tenant. The oldest go first, as they were accepted.
    async fn resume_tenant_jobs(&self, store: &TenantStore) -> Result<()> {
        for job in store.list_unfinished_jobs().await?.iter().rev() {
            if let Err(error) = self.jobs.resume_after_restart(store, job).await {
                log_failure(SOURCE, &format!("job {}: {error}", job.id));
            }
        }
        Ok(())
    }
}
