//! The number of a tenant's people.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::people::EMAIL;
use people_domain::query::Filter;

use crate::table::keys;
use crate::{Result, TenantStore};

/// Partitions that are counted at the same time; a page of them is a few bytes.
const PARTITION_CONCURRENCY: usize = 8;

impl TenantStore {
    /// Counts the people without reading them into memory. A person whose email changes meanwhile
    /// may count twice or not at all. `on_page` is told how many more were counted.
    pub async fn count_people(&self, on_page: impl Fn(u64)) -> Result<u64> {
        let partitions = keys::people_partitions(&self.tenant.id);
        let counts = stream::iter(partitions)
            .map(|pk| self.count_partition(pk, &on_page))
            .buffer_unordered(PARTITION_CONCURRENCY);
        counts.try_fold(0, |sum, count| async move { Ok(sum + count) }).await
    }

    async fn count_partition(&self, pk: String, on_page: &impl Fn(u64)) -> Result<u64> {
        // Redirects, aliases and slots that were left or erased have no email, nor have people whom
        // only other systems know.
        let people = Filter::Exists(EMAIL.to_owned());
        let (mut count, mut after) = (0, None);
        loop {
            let (page, last) = self.count_page_after(&pk, after.as_deref(), &people).await?;
            on_page(page);
            (count, after) = (count + page, last);
            if after.is_none() {
                return Ok(count);
            }
        }
    }
}
