//! Rows of a payload as they were sent, found by their numbers: for those who send some again.

use std::ops::Range;

use bytes::Bytes;
use people_storage::jobs::{Job, Pin};
use people_storage::{Result, StoreError, TenantStore};

use crate::bucket::{Bucket, collect};
use crate::{Jobs, objects};
use people_domain::jobs::{self, ChunkPlan, Sizes};

/// The payload of a job, and which chunk has which of its rows.
#[derive(Debug)]
pub struct Payload {
    /// In the order of their numbers, from 1.
    chunks: Vec<ChunkPlan>,
    lookups: Option<String>,
    source: Source,
}

/// Where its bytes are.
#[derive(Debug)]
enum Source {
    /// In the bucket, plain.
    Object { bucket: Bucket, key: String, pin: Option<Pin> },
    /// Here: a payload that was planned as it was accepted is small.
    Whole(Bytes),
}

impl Jobs {
    /// The payload of a planned job; none when it is gone, or never was sound.
    ///
    /// # Errors
    /// When the bucket fails, or what is there is not what was planned.
    pub async fn payload(&self, store: &TenantStore, job: &Job) -> Result<Option<Payload>> {
        let Some((key, pin)) = objects::source(job) else { return Ok(None) };
        let plan = match &job.plan {
            Some(hash) => {
                self.object(&objects::plan(&store.tenant().id, &job.id, hash), None).await?
            }
            None => None,
        };
        if let Some(plan) = plan {
            let (key, pin) = (key.to_owned(), pin.cloned());
            let source = Source::Object { bucket: self.bucket.clone(), key, pin };
            let lookups = job.lookups.clone();
            return Ok(Some(Payload { chunks: chunks(&plan)?, lookups, source }));
        }
        let Some(bytes) = self.object(key, pin).await? else { return Ok(None) };
        let plan = jobs::whole(&bytes, Sizes::ONE_CHUNK).map_err(|_| unlike_plan())?;
        let (chunks, lookups) = (plan.chunks, plan.lookups);
        Ok(Some(Payload { chunks, lookups, source: Source::Whole(bytes) }))
    }

    async fn object(&self, key: &str, pin: Option<&Pin>) -> Result<Option<Bytes>> {
        match self.bucket.open(key, pin).await? {
            Some(object) => collect(object.body).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Payload {
    /// Its `lookups` as sent.
    #[must_use]
    pub fn lookups(&self) -> Option<&str> {
        self.lookups.as_deref()
    }

    /// Rows by their numbers (ascending), as sent. Only what holds them is read.
    ///
    /// # Errors
    /// When the bucket fails, or one of the rows is not there.
    pub async fn rows(&self, numbers: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let is_wanted = |row: &u32| numbers.binary_search(row).is_ok();
        let mut rows = Vec::with_capacity(numbers.len());
        for chunk in self.chunks.iter().filter(|chunk| chunk.numbers().iter().any(is_wanted)) {
            let mut parts = Vec::new();
            for range in chunk.ranges() {
                parts.push(self.bytes(range).await?);
            }
            let found = chunk.rows_of(&parts).ok_or_else(unlike_plan)?;
            let wanted = found.into_iter().filter(|(row, _)| is_wanted(row));
            rows.extend(wanted.map(|(row, bytes)| (row, Bytes::copy_from_slice(bytes))));
        }
        rows.sort_unstable_by_key(|(row, _)| *row);
        if rows.len() == numbers.len() { Ok(rows) } else { Err(unlike_plan()) }
    }

    async fn bytes(&self, range: Range<u32>) -> Result<Bytes> {
        match &self.source {
            Source::Object { bucket, key, pin } => {
                let range = u64::from(range.start)..u64::from(range.end);
                bucket.read(key, pin.as_ref(), Some(range)).await
            }
            Source::Whole(bytes) => {
                let range = range.start as usize..range.end as usize;
                let part = bytes.get(range).ok_or_else(unlike_plan)?;
                Ok(bytes.slice_ref(part))
            }
        }
    }
}

/// The parts of a plan, which stand one after the other.
fn chunks(plan: &[u8]) -> Result<Vec<ChunkPlan>> {
    let parts = serde_json::Deserializer::from_slice(plan).into_iter();
    parts.collect::<std::result::Result<_, _>>().map_err(|_| unlike_plan())
}

fn unlike_plan() -> StoreError {
    StoreError::Unexpected("a payload that is not as planned".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    const BODY: &[u8] = br#"{"lookups":{"person":{}}, "records":[ {"a":1.10}, "b" ,{"c":3}]}"#;

    fn payload() -> Payload {
        let plan = jobs::whole(BODY, Sizes::ONE_CHUNK).unwrap();
        let source = Source::Whole(Bytes::from_static(BODY));
        Payload { chunks: plan.chunks, lookups: plan.lookups, source }
    }

    #[tokio::test]
    async fn rows_are_as_they_were_sent() {
        let payload = payload();
        let rows = payload.rows(&[1, 3]).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|(row, bytes)| (*row, &bytes[..])).collect();
        assert_eq!(rows, [(1, &br#"{"a":1.10}"#[..]), (3, &br#"{"c":3}"#[..])]);
        assert_eq!(payload.lookups(), Some(r#"{"person":{}}"#));
        assert!(payload.rows(&[3, 4]).await.is_err(), "no row is missing unnoticed");
    }

    #[test]
    fn a_plan_is_read_as_it_was_laid_out() {
        let plan = jobs::whole(BODY, Sizes::ONE_CHUNK).unwrap();
        let twice = [plan.chunks.clone(), plan.chunks].concat();
        assert_eq!(chunks(&Layout::of(&twice).unwrap().document).unwrap(), twice);
        assert!(chunks(b"{").is_err());
    }
}
