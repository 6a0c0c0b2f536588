//! The results of chunks, as callers read them.

use std::time::Duration;

use bytes::Bytes;
use people_domain::limit;
use people_storage::TenantStore;
use people_storage::jobs::Job;

use crate::bucket::{BucketObject, collect_body};
use crate::{Jobs, Result, object_keys};

/// How long a link to larger results is valid.
const DOWNLOAD_URL_EXPIRY: Duration = Duration::from_secs(300);

/// The results of a chunk.
#[derive(Debug, Clone)]
pub struct ChunkResults {
    /// The document to answer with, unless it is larger than any answer.
    pub document: Option<Bytes>,
    /// Where it can be downloaded if it is too large for the answer (ADR 25).
    pub download_url: String,
}

impl Jobs {
    /// Reads the results of a chunk. They are absent until it is settled, and once they expired.
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
        let document = if size <= limit::PLAIN_RESPONSE_BYTES_MAX {
            Some(collect_body(body).await?)
        } else {
            None
        };
        let download_url = self.bucket.presign_get(&key, DOWNLOAD_URL_EXPIRY).await?;
        Ok(Some(ChunkResults { document, download_url }))
    }

    /// Reads the results of a chunk as bytes, however large they are.
    pub async fn read_result_bytes(
        &self,
        store: &TenantStore,
        job: &Job,
        chunk: u32,
    ) -> Result<Option<Bytes>> {
        let key = object_keys::result_key(&store.tenant().id, &job.id, chunk);
        Ok(self.bucket.read_optional_object(&key, None).await?)
    }
}
