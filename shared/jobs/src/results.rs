//! What a chunk left to be told.

use std::time::Duration;

use bytes::Bytes;
use people_domain::json::escaped_len;
use people_domain::limit;
use people_storage::jobs::Job;
use people_storage::{Result, TenantStore};

use crate::bucket::{Object, collect};
use crate::{Jobs, objects};

/// How long a link to larger results is valid.
const LINK: Duration = Duration::from_secs(300);

/// The results of a chunk.
#[derive(Debug, Clone)]
pub enum Results {
    /// As they are answered.
    Document(Bytes),
    /// Where they can be got, for they are too large to be answered.
    Elsewhere(String),
}

impl Jobs {
    /// The results of a chunk; none when there are none, or not any more.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn results(
        &self,
        store: &TenantStore,
        job: &Job,
        chunk: u32,
    ) -> Result<Option<Results>> {
        let key = objects::result(&store.tenant().id, &job.id, chunk);
        let Some(Object { size, body }) = self.bucket.open(&key, None).await? else {
            return Ok(None);
        };
        if size <= limit::ANSWER {
            let document = collect(body).await?;
            if escaped_len(&document) <= limit::ANSWER {
                return Ok(Some(Results::Document(document)));
            }
        }
        Ok(Some(Results::Elsewhere(self.bucket.url_to_get(&key, LINK).await?)))
    }

    /// The same as bytes, however many.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn result_bytes(
        &self,
        store: &TenantStore,
        job: &Job,
        chunk: u32,
    ) -> Result<Option<Bytes>> {
        let key = objects::result(&store.tenant().id, &job.id, chunk);
        match self.bucket.open(&key, None).await? {
            Some(object) => collect(object.body).await.map(Some),
            None => Ok(None),
        }
    }
}
