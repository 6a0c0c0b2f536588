//! What a chunk works on: its rows, read from the payload as the plan says.

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::lookup::Lookups;
use people_domain::{json, limit};
use people_storage::jobs::{Job, JobKind};
use people_storage::{Result, StoreError};
use serde_json::Value as Json;

use crate::bucket::Bucket;
use crate::message::ChunkMessage;
use crate::plan_file::PlanFile;
use crate::rows::PayloadRow;
use crate::{Jobs, object_keys};
use people_domain::jobs::{self, ChunkPlan, ChunkSizes};

/// Ranges of a payload that are read at the same time.
const RANGE_READ_CONCURRENCY: usize = 8;

/// The rows of a chunk and the lookups of its payload.
#[derive(Debug, Default)]
pub(crate) struct ChunkInput {
    pub(crate) rows: Vec<PayloadRow>,
    pub(crate) lookups: Lookups,
}

/// Reads a chunk's input.
pub(crate) async fn read_chunk_input(
    jobs: &Jobs,
    job: &Job,
    message: &ChunkMessage,
) -> Result<ChunkInput> {
    match message.plan {
        Some((start, end)) => read_planned_chunk(&jobs.bucket, job, message, start..end).await,
        None => read_unsplit_payload(&jobs.bucket, job).await,
    }
}

/// Where the plan of a job is.
fn plan_file_key(job: &Job, message: &ChunkMessage) -> Result<String> {
    let hash = job.plan.as_deref().ok_or_else(plan_mismatch)?;
    Ok(object_keys::plan_key(&message.tenant, &job.id, hash))
}

async fn read_planned_chunk(
    bucket: &Bucket,
    job: &Job,
    message: &ChunkMessage,
    range: std::ops::Range<u64>,
) -> Result<ChunkInput> {
    let (key, pin) = object_keys::locate_payload(job).ok_or_else(plan_mismatch)?;
    let part = bucket.read_object(&plan_file_key(job, message)?, None, Some(range)).await?;
    let plan: ChunkPlan = serde_json::from_slice(&part).map_err(|_| plan_mismatch())?;
    let ranges = plan.byte_ranges().into_iter().map(|range| {
        bucket.read_object(key, pin, Some(u64::from(range.start)..u64::from(range.end)))
    });
    let parts: Vec<_> = stream::iter(ranges).buffered(RANGE_READ_CONCURRENCY).try_collect().await?;
    let rows = plan.split_rows(&parts).ok_or_else(plan_mismatch)?;
    Ok(ChunkInput { rows: parse_rows(rows), lookups: parse_lookups(job.lookups.as_deref()) })
}

/// The numbers of a chunk's rows without a look at them: as the plan tells them, else by how many
/// there are.
pub(crate) async fn read_row_numbers(
    jobs: &Jobs,
    job: &Job,
    message: &ChunkMessage,
    rows: u32,
) -> Result<Vec<u64>> {
    let part = match message.plan {
        Some((start, end)) => match plan_file_key(job, message) {
            Ok(plan) => jobs.bucket.read_object(&plan, None, Some(start..end)).await,
            Err(error) => Err(error),
        },
        None => Ok(Bytes::new()),
    };
    let plan = match part {
        Err(error) if error.is_retryable() => return Err(error),
        part => part.ok().and_then(|part| serde_json::from_slice::<ChunkPlan>(&part).ok()),
    };
    let numbers: Vec<_> = plan.map_or_else(|| (1..=rows).collect(), |plan| plan.row_numbers());
    Ok(numbers.into_iter().map(u64::from).collect())
}

async fn read_unsplit_payload(bucket: &Bucket, job: &Job) -> Result<ChunkInput> {
    let (key, pin) = object_keys::locate_payload(job).ok_or_else(plan_mismatch)?;
    let bytes = bucket.read_object(key, pin, None).await?;
    if job.kind == JobKind::Async {
        return parse_async_document(&bytes).ok_or_else(plan_mismatch);
    }
    let plan = jobs::plan_payload(&bytes, ChunkSizes::ONE_CHUNK).map_err(|_| plan_mismatch())?;
    let [chunk] = plan.chunks.as_slice() else { return Err(plan_mismatch()) };
    // A payload that another version of the splitter cut is not applied in another order now.
    let hash = PlanFile::from_chunk_plans(&plan.chunks)?.hash();
    if job.plan.as_ref().is_some_and(|planned| *planned != hash) {
        return Err(plan_mismatch());
    }
    let slice = |range: std::ops::Range<u32>| bytes.get(range.start as usize..range.end as usize);
    let parts: Option<Vec<_>> = chunk.byte_ranges().into_iter().map(slice).collect();
    let rows =
        parts.as_ref().and_then(|parts| chunk.split_rows(parts)).ok_or_else(plan_mismatch)?;
    Ok(ChunkInput { rows: parse_rows(rows), lookups: parse_lookups(plan.lookups.as_deref()) })
}

/// The records of people/async, as we wrote them ourselves.
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

/// The payload is not what was planned: no rows are better than wrong ones.
fn plan_mismatch() -> StoreError {
    StoreError::Unexpected("a payload that is not as planned".to_owned())
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
