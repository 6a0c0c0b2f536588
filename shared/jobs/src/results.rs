//! What a chunk left to be told.

use std::time::Duration;

use bytes::Bytes;
use people_domain::json::escaped_len;
use people_domain::limit;
use people_storage::jobs::Job;
use people_storage::{Result, TenantStore};

use crate::bucket::{BucketObject, collect_body};
use crate::{Jobs, object_keys};

/// How long a link to larger results is valid.
const DOWNLOAD_URL_EXPIRY: Duration = Duration::from_secs(300);

/// The results of a chunk.
#[derive(Debug, Clone)]
pub enum ChunkResults {
    /// As they are answered.
    Document(Bytes),
    /// Where they can be got, for they are too large to be answered.
    DownloadUrl(String),
}

impl Jobs {
    /// The results of a chunk; none when there are none, or not any more.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn read_results(
        &self,
        store: &TenantStore,
        job: &Job,
        chunk: u32,
    ) -> Result<Option<ChunkResults>> {
        let key = object_keys::result_key(&store.tenant().id, &job.id, chunk);
        let Some(BucketObject { size, body }) = self.bucket.open_object(&key, None).await? else {
            return Ok(None);
        };
        if size <= limit::RESPONSE_BYTES_MAX {
            let document = collect_body(body).await?;
            if escaped_len(&document) <= limit::RESPONSE_BYTES_MAX {
                return Ok(Some(ChunkResults::Document(document)));
            }
        }
        Ok(Some(ChunkResults::DownloadUrl(
            self.bucket.presign_get(&key, DOWNLOAD_URL_EXPIRY).await?,
        )))
    }

    /// The same as bytes, however many.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn read_result_bytes(
        &self,
        store: &TenantStore,
        job: &Job,
        chunk: u32,
    ) -> Result<Option<Bytes>> {
        let key = object_keys::result_key(&store.tenant().id, &job.id, chunk);
        match self.bucket.open_object(&key, None).await? {
            Some(object) => collect_body(object.body).await.map(Some),
            None => Ok(None),
        }
    }
}
