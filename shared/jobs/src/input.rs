//! The input of a chunk: its rows, read from the payload as the plan says (ADR 16).

use std::ops::Range;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::jobs::{self, ChunkPlan, ChunkSizes};
use people_domain::lookup::Lookups;
use people_domain::{json, limit};
use people_storage::jobs::JobKind;
use serde_json::Value as Json;

use crate::bucket::BucketResult;
use crate::chunk_run::ChunkRun;
use crate::payload::plan_mismatch;
use crate::plan_file::PlanFile;
use crate::{Result, object_keys};

/// Ranges of a payload that are read at the same time.
const RANGE_READ_CONCURRENCY: usize = 8;

/// The rows of a chunk and the lookups of its payload.
#[derive(Debug, Default)]
pub(crate) struct ChunkInput {
    pub(crate) rows: Vec<PayloadRow>,
    pub(crate) lookups: Lookups,
}

/// A row of a payload. It owns its record, which the pipeline then borrows.
#[derive(Debug, Clone)]
pub(crate) struct PayloadRow {
    /// Its position in the payload, from 1.
    pub(crate) number: u64,
    /// The record: null if it is not JSON, absent if it is too large to be parsed. Both rows fail.
    pub(crate) raw: Option<Json>,
}

impl ChunkRun<'_> {
    pub(crate) async fn read_input(&self) -> BucketResult<ChunkInput> {
        match self.message.plan {
            Some((start, end)) => self.read_planned_chunk(start..end).await,
            None => self.read_unsplit_payload().await,
        }
    }

    async fn read_planned_chunk(&self, plan_range: Range<u64>) -> BucketResult<ChunkInput> {
        let bucket = &self.jobs.bucket;
        let (key, version) = object_keys::locate_payload(&self.job).ok_or_else(plan_mismatch)?;
        let part = self.read_plan_part(plan_range).await?;
        let plan: ChunkPlan = serde_json::from_slice(&part).map_err(|_| plan_mismatch())?;
        let reads = plan.byte_ranges().into_iter().map(|range| {
            bucket.read_object(key, version, Some(range.start.into()..range.end.into()))
        });
        let parts: Vec<_> =
            stream::iter(reads).buffered(RANGE_READ_CONCURRENCY).try_collect().await?;
        let rows = plan.split_rows(&parts).ok_or_else(plan_mismatch)?;
        let lookups = parse_lookups(self.job.lookups.as_deref());
        Ok(ChunkInput { rows: parse_rows(rows), lookups })
    }

    async fn read_plan_part(&self, range: Range<u64>) -> BucketResult<Bytes> {
        let hash = self.job.plan.as_deref().ok_or_else(plan_mismatch)?;
        let key = object_keys::plan_key(&self.message.tenant, &self.job.id, hash);
        self.jobs.bucket.read_object(&key, None, Some(range)).await
    }

    /// The numbers of the chunk's rows, without a read of the rows themselves: as the plan names
    /// them, or from 1 to the count in the pending chunk marker when the plan can't be read.
    pub(crate) async fn read_row_numbers(&self) -> Result<Vec<u64>> {
        let pending_chunk = self.store.read_pending_chunk(&self.job, self.message.chunk).await?;
        let rows = pending_chunk.map_or(0, |pending_chunk| pending_chunk.rows);
        let part = match self.message.plan {
            Some((start, end)) => self.read_plan_part(start..end).await,
            None => Ok(Bytes::new()),
        };
        let plan = match part {
            Err(error) if error.is_retryable() => return Err(error.into()),
            part => part.ok().and_then(|part| serde_json::from_slice::<ChunkPlan>(&part).ok()),
        };
        let numbers: Vec<_> = plan.map_or_else(|| (1..=rows).collect(), |plan| plan.row_numbers());
        Ok(numbers.into_iter().map(u64::from).collect())
    }

    async fn read_unsplit_payload(&self) -> BucketResult<ChunkInput> {
        let job = &self.job;
        let (key, version) = object_keys::locate_payload(job).ok_or_else(plan_mismatch)?;
        let bytes = self.jobs.bucket.read_object(key, version, None).await?;
        if job.kind == JobKind::Async {
            return parse_async_document(&bytes).ok_or_else(plan_mismatch);
        }
        let plan =
            jobs::plan_payload(&bytes, ChunkSizes::ONE_CHUNK).map_err(|_| plan_mismatch())?;
        let [chunk] = plan.chunks.as_slice() else { return Err(plan_mismatch()) };
        // A payload that another version of the splitter cut is not applied in another order now.
        let hash = PlanFile::from_chunk_plans(&plan.chunks)?.hash();
        if job.plan.as_ref().is_some_and(|planned| *planned != hash) {
            return Err(plan_mismatch());
        }
        let slice = |range: Range<u32>| bytes.get(range.start as usize..range.end as usize);
        let parts: Option<Vec<_>> = chunk.byte_ranges().into_iter().map(slice).collect();
        let rows =
            parts.as_ref().and_then(|parts| chunk.split_rows(parts)).ok_or_else(plan_mismatch)?;
        let lookups = parse_lookups(plan.lookups.as_deref());
        Ok(ChunkInput { rows: parse_rows(rows), lookups })
    }
}

/// Parses the records of people/async, in the form in which that function stores them.
fn parse_async_document(bytes: &[u8]) -> Option<ChunkInput> {
    let mut document = json::parse(bytes).ok()?;
    let Json::Array(records) = document.get_mut("records")?.take() else { return None };
    let rows =
        records.into_iter().zip(1..).map(|(raw, number)| PayloadRow { number, raw: Some(raw) });
    let lookups = document.get("lookups").and_then(Lookups::parse).unwrap_or_default();
    Some(ChunkInput { rows: rows.collect(), lookups })
}

fn parse_rows(rows: Vec<(u32, &[u8])>) -> Vec<PayloadRow> {
    let row = |(number, bytes): (u32, &[u8])| PayloadRow {
        number: number.into(),
        // Parsed, a record takes many times its size.
        raw: (bytes.len() <= limit::BODY_BYTES_MAX).then(|| json::parse(bytes).unwrap_or_default()),
    };
    rows.into_iter().map(row).collect()
}

fn parse_lookups(text: Option<&str>) -> Lookups {
    let raw = text.and_then(|text| json::parse(text.as_bytes()).ok());
    raw.as_ref().and_then(Lookups::parse).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_records_of_a_call_keep_their_order_and_lookups() {
        let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
        let body = json!({ "records": [{ "Email": "a@abc.com" }, null], "lookups": lookups });
        let input = parse_async_document(body.to_string().as_bytes()).unwrap();
        let numbers: Vec<_> =
            input.rows.iter().map(|row| (row.number, row.raw == Some(Json::Null))).collect();
        assert_eq!(numbers, [(1, false), (2, true)]);
        assert_eq!(input.lookups, Lookups::parse(&lookups).unwrap());
        assert!(parse_async_document(b"[]").is_none());
    }

    #[test]
    fn a_row_that_cant_be_read_is_null() {
        let rows = parse_rows(vec![(3, br#"{"a":0,"a":1}"#), (4, b"{")]);
        assert_eq!((&rows[0].raw, &rows[1].raw), (&Some(json!({ "a": 1 })), &Some(Json::Null)));
        let huge = vec![b' '; limit::BODY_BYTES_MAX + 1];
        assert_eq!(parse_rows(vec![(5, &huge)])[0].raw, None);
    }
}
