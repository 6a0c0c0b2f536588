//! Rows of a payload as they were sent, read by their numbers: for operators who send some again.

use std::ops::Range;

use bytes::Bytes;
use people_domain::jobs::{self, ChunkPlan, ChunkSizes};
use people_storage::TenantStore;
use people_storage::jobs::{Job, ObjectVersion};

use crate::bucket::{Bucket, BucketResult};
use crate::error::ServiceError;
use crate::{Jobs, Result, object_keys};

/// The payload of a job, and which of its rows each chunk has.
#[derive(Debug)]
pub struct JobPayload {
    /// In the order of their numbers, from 1.
    chunks: Vec<ChunkPlan>,
    lookups: Option<String>,
    source: PayloadSource,
}

/// Where the bytes of a payload are.
#[derive(Debug)]
enum PayloadSource {
    /// In the bucket, plain.
    Object { bucket: Bucket, key: String, version: Option<ObjectVersion> },
    /// In memory: a payload without a plan file was planned as it was accepted, and is small.
    InMemory(Bytes),
}

impl Jobs {
    /// Opens the payload of a planned job. It is absent when it has expired or was refused.
    ///
    /// # Errors
    /// When the bucket fails, or the payload does not match its plan.
    pub async fn open_payload(&self, store: &TenantStore, job: &Job) -> Result<Option<JobPayload>> {
        let Some((key, version)) = object_keys::locate_payload(job) else { return Ok(None) };
        let plan = match &job.plan {
            Some(hash) => {
                let plan_key = object_keys::plan_key(&store.tenant().id, &job.id, hash);
                self.bucket.read_optional_object(&plan_key, None).await?
            }
            None => None,
        };
        if let Some(plan) = plan {
            let (key, version) = (key.to_owned(), version.cloned());
            let source = PayloadSource::Object { bucket: self.bucket.clone(), key, version };
            let lookups = job.lookups.clone();
            return Ok(Some(JobPayload { chunks: parse_plan(&plan)?, lookups, source }));
        }
        let bytes = self.bucket.read_optional_object(key, version).await?;
        let Some(bytes) = bytes else { return Ok(None) };
        let plan =
            jobs::plan_payload(&bytes, ChunkSizes::ONE_CHUNK).map_err(|_| plan_mismatch())?;
        let (chunks, lookups) = (plan.chunks, plan.lookups);
        Ok(Some(JobPayload { chunks, lookups, source: PayloadSource::InMemory(bytes) }))
    }
}

impl JobPayload {
    /// The `lookups` as they were sent.
    #[must_use]
    pub fn lookups(&self) -> Option<&str> {
        self.lookups.as_deref()
    }

    /// Reads rows by their numbers (ascending), as they were sent. Only the byte ranges of their
    /// chunks are read.
    ///
    /// # Errors
    /// When the bucket fails, or the payload has no row of one of these numbers.
    pub async fn read_rows(&self, numbers: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let is_wanted = |row: &u32| numbers.binary_search(row).is_ok();
        let mut rows = Vec::with_capacity(numbers.len());
        for chunk in self.chunks.iter().filter(|chunk| chunk.row_numbers().iter().any(is_wanted)) {
            let mut parts = Vec::new();
            for range in chunk.byte_ranges() {
                parts.push(self.read_bytes(range).await?);
            }
            let found = chunk.split_rows(&parts).ok_or_else(plan_mismatch)?;
            let wanted = found.into_iter().filter(|(row, _)| is_wanted(row));
            rows.extend(wanted.map(|(row, bytes)| (row, Bytes::copy_from_slice(bytes))));
        }
        rows.sort_unstable_by_key(|(row, _)| *row);
        if rows.len() == numbers.len() { Ok(rows) } else { Err(plan_mismatch().into()) }
    }

    async fn read_bytes(&self, range: Range<u32>) -> BucketResult<Bytes> {
        match &self.source {
            PayloadSource::Object { bucket, key, version } => {
                let range = u64::from(range.start)..u64::from(range.end);
                bucket.read_object(key, version.as_ref(), Some(range)).await
            }
            PayloadSource::InMemory(bytes) => {
                let range = range.start as usize..range.end as usize;
                let part = bytes.get(range).ok_or_else(plan_mismatch)?;
                Ok(bytes.slice_ref(part))
            }
        }
    }
}

/// Parses the parts of a plan file, one after the other.
fn parse_plan(plan: &[u8]) -> BucketResult<Vec<ChunkPlan>> {
    let parts = serde_json::Deserializer::from_slice(plan).into_iter();
    parts.collect::<std::result::Result<_, _>>().map_err(|_| plan_mismatch())
}

/// A payload that does not match its plan is not applied: no rows are better than wrong ones.
pub(crate) fn plan_mismatch() -> ServiceError {
    ServiceError::refused("the payload does not match its plan")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_file::PlanFile;

    const BODY: &[u8] = br#"{"lookups":{"person":{}}, "records":[ {"a":1.10}, "b" ,{"c":3}]}"#;

    fn payload() -> JobPayload {
        let plan = jobs::plan_payload(BODY, ChunkSizes::ONE_CHUNK).unwrap();
        let source = PayloadSource::InMemory(Bytes::from_static(BODY));
        JobPayload { chunks: plan.chunks, lookups: plan.lookups, source }
    }

    #[tokio::test]
    async fn rows_are_as_they_were_sent() {
        let payload = payload();
        let rows = payload.read_rows(&[1, 3]).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|(row, bytes)| (*row, &bytes[..])).collect();
        assert_eq!(rows, [(1, &br#"{"a":1.10}"#[..]), (3, &br#"{"c":3}"#[..])]);
        assert_eq!(payload.lookups(), Some(r#"{"person":{}}"#));
        assert!(payload.read_rows(&[3, 4]).await.is_err(), "no row is missing unnoticed");
    }

    #[test]
    fn a_plan_is_read_as_it_was_laid_out() {
        let plan = jobs::plan_payload(BODY, ChunkSizes::ONE_CHUNK).unwrap();
        let twice = [plan.chunks.clone(), plan.chunks].concat();
        assert_eq!(parse_plan(&PlanFile::from_parts(&twice).unwrap().document).unwrap(), twice);
        assert!(parse_plan(b"{").is_err());
    }
}
