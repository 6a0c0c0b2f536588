//! Resumes the jobs that were under way when the last server on the data ended.

use anyhow::{Context, Result};
use people_jobs::open_tenant_store;

use crate::connections::Connections;

impl Connections {
    /// Resumes the unfinished jobs of all tenants. The oldest go first, as they were accepted.
    pub(crate) async fn resume_jobs(&self) -> Result<()> {
        let Self { store, jobs } = self;
        for tenant in store.list_tenants().await? {
            let Some(store) = open_tenant_store(store, &tenant).await? else { continue };
            for job in store.list_unfinished_jobs().await?.iter().rev() {
                let resumed = jobs.resume_after_restart(&store, job).await;
                resumed.with_context(|| format!("job {} of tenant {tenant}", job.id))?;
            }
        }
        Ok(())
    }
}
