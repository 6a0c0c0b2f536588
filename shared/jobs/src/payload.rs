//! Rows of a payload as they were sent, found by their numbers: for those who send some again.

use std::ops::Range;

use bytes::Bytes;
use people_storage::jobs::{Job, ObjectVersion};
use people_storage::{Result, StoreError, TenantStore};

use crate::bucket::{Bucket, collect_body};
use crate::{Jobs, object_keys};
use people_domain::jobs::{self, ChunkPlan, ChunkSizes};

/// The payload of a job, and which chunk has which of its rows.
#[derive(Debug)]
pub struct JobPayload {
    /// In the order of their numbers, from 1.
    chunks: Vec<ChunkPlan>,
    lookups: Option<String>,
    source: PayloadSource,
}

/// Where its bytes are.
#[derive(Debug)]
enum PayloadSource {
    /// In the bucket, plain.
    Object { bucket: Bucket, key: String, pin: Option<ObjectVersion> },
    /// Here: a payload that was planned as it was accepted is small.
    InMemory(Bytes),
}

impl Jobs {
    /// The payload of a planned job; none when it is gone, or never was sound.
    ///
    /// # Errors
    /// When the bucket fails, or what is there is not what was planned.
    pub async fn open_payload(&self, store: &TenantStore, job: &Job) -> Result<Option<JobPayload>> {
        let Some((key, pin)) = object_keys::locate_payload(job) else { return Ok(None) };
        let plan = match &job.plan {
            Some(hash) => {
                self.read_optional_object(
                    &object_keys::plan_key(&store.tenant().id, &job.id, hash),
                    None,
                )
                .await?
            }
            None => None,
        };
        if let Some(plan) = plan {
            let (key, pin) = (key.to_owned(), pin.cloned());
            let source = PayloadSource::Object { bucket: self.bucket.clone(), key, pin };
            let lookups = job.lookups.clone();
            return Ok(Some(JobPayload { chunks: parse_plan(&plan)?, lookups, source }));
        }
        let Some(bytes) = self.read_optional_object(key, pin).await? else { return Ok(None) };
        let plan =
            jobs::plan_payload(&bytes, ChunkSizes::ONE_CHUNK).map_err(|_| plan_mismatch())?;
        let (chunks, lookups) = (plan.chunks, plan.lookups);
        Ok(Some(JobPayload { chunks, lookups, source: PayloadSource::InMemory(bytes) }))
    }

    async fn read_optional_object(
        &self,
        key: &str,
        pin: Option<&ObjectVersion>,
    ) -> Result<Option<Bytes>> {
        match self.bucket.open_object(key, pin).await? {
            Some(object) => collect_body(object.body).await.map(Some),
            None => Ok(None),
        }
    }
}

impl JobPayload {
    /// Its `lookups` as sent.
    #[must_use]
    pub fn lookups(&self) -> Option<&str> {
        self.lookups.as_deref()
    }

    /// Rows by their numbers (ascending), as sent. Only what holds them is read.
    ///
    /// # Errors
    /// When the bucket fails, or one of the rows is not there.
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
        if rows.len() == numbers.len() { Ok(rows) } else { Err(plan_mismatch()) }
    }

    async fn read_bytes(&self, range: Range<u32>) -> Result<Bytes> {
        match &self.source {
            PayloadSource::Object { bucket, key, pin } => {
                let range = u64::from(range.start)..u64::from(range.end);
                bucket.read_object(key, pin.as_ref(), Some(range)).await
            }
            PayloadSource::InMemory(bytes) => {
                let range = range.start as usize..range.end as usize;
                let part = bytes.get(range).ok_or_else(plan_mismatch)?;
                Ok(bytes.slice_ref(part))
            }
        }
    }
}

/// The parts of a plan, which stand one after the other.
fn parse_plan(plan: &[u8]) -> Result<Vec<ChunkPlan>> {
    let parts = serde_json::Deserializer::from_slice(plan).into_iter();
    parts.collect::<std::result::Result<_, _>>().map_err(|_| plan_mismatch())
}

/// A payload that does not match its plan is not applied: no rows are better than wrong ones.
pub(crate) fn plan_mismatch() -> StoreError {
    StoreError::Unexpected("a payload that is not as planned".to_owned())
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
