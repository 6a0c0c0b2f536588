//! What a chunk works on: its rows, read from the payload as the plan says.

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::lookup::Lookups;
use people_domain::{json, limit};
use people_storage::jobs::{Job, JobKind};
use people_storage::{Result, StoreError};
use serde_json::Value as Json;

use crate::bucket::Bucket;
use crate::layout::Layout;
use crate::message::ChunkMessage;
use crate::rows::Row;
use crate::{Jobs, objects};
use people_domain::jobs::{self, ChunkPlan, Sizes};

/// Ranges of a payload that are read at the same time.
const AT_ONCE: usize = 8;

/// The rows of a chunk and the lookups of its payload.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) rows: Vec<Row>,
    pub(crate) lookups: Lookups,
}

/// Reads a chunk's input.
pub(crate) async fn read(jobs: &Jobs, job: &Job, message: &ChunkMessage) -> Result<Input> {
    match message.plan {
        Some((start, end)) => read_part(&jobs.bucket, job, message, start..end).await,
        None => read_whole(&jobs.bucket, job).await,
    }
}

/// Where the plan of a job is.
fn plan_of(job: &Job, message: &ChunkMessage) -> Result<String> {
    let hash = job.plan.as_deref().ok_or_else(unlike_plan)?;
    Ok(objects::plan(&message.tenant, &job.id, hash))
}

async fn read_part(
    bucket: &Bucket,
    job: &Job,
    message: &ChunkMessage,
    range: std::ops::Range<u64>,
) -> Result<Input> {
    let (key, pin) = objects::source(job).ok_or_else(unlike_plan)?;
    let part = bucket.read(&plan_of(job, message)?, None, Some(range)).await?;
    let plan: ChunkPlan = serde_json::from_slice(&part).map_err(|_| unlike_plan())?;
    let ranges = plan
        .ranges()
        .into_iter()
        .map(|range| bucket.read(key, pin, Some(u64::from(range.start)..u64::from(range.end))));
    let parts: Vec<_> = stream::iter(ranges).buffered(AT_ONCE).try_collect().await?;
    let rows = plan.rows_of(&parts).ok_or_else(unlike_plan)?;
    Ok(Input { rows: parsed(rows), lookups: lookups(job.lookups.as_deref()) })
}

/// The numbers of a chunk's rows without a look at them: as the plan tells them, else by how many
/// there are.
pub(crate) async fn numbers(
    jobs: &Jobs,
    job: &Job,
    message: &ChunkMessage,
    rows: u32,
) -> Result<Vec<u64>> {
    let part = match message.plan {
        Some((start, end)) => match plan_of(job, message) {
            Ok(plan) => jobs.bucket.read(&plan, None, Some(start..end)).await,
            Err(error) => Err(error),
        },
        None => Ok(Bytes::new()),
    };
    let plan = match part {
        Err(error) if error.retryable() => return Err(error),
        part => part.ok().and_then(|part| serde_json::from_slice::<ChunkPlan>(&part).ok()),
    };
    let numbers: Vec<_> = plan.map_or_else(|| (1..=rows).collect(), |plan| plan.numbers());
    Ok(numbers.into_iter().map(u64::from).collect())
}

async fn read_whole(bucket: &Bucket, job: &Job) -> Result<Input> {
    let (key, pin) = objects::source(job).ok_or_else(unlike_plan)?;
    let bytes = bucket.read(key, pin, None).await?;
    if job.kind == JobKind::Async {
        return of_document(&bytes).ok_or_else(unlike_plan);
    }
    let plan = jobs::whole(&bytes, Sizes::ONE_CHUNK).map_err(|_| unlike_plan())?;
    let [chunk] = plan.chunks.as_slice() else { return Err(unlike_plan()) };
    // A payload that another version of the splitter cut is not applied in another order now.
    let hash = Layout::of_plan(&plan.chunks)?.hash();
    if job.plan.as_ref().is_some_and(|planned| *planned != hash) {
        return Err(unlike_plan());
    }
    let slice = |range: std::ops::Range<u32>| bytes.get(range.start as usize..range.end as usize);
    let parts: Option<Vec<_>> = chunk.ranges().into_iter().map(slice).collect();
    let rows = parts.as_ref().and_then(|parts| chunk.rows_of(parts)).ok_or_else(unlike_plan)?;
    Ok(Input { rows: parsed(rows), lookups: lookups(plan.lookups.as_deref()) })
}

/// The records of people/async, as we wrote them ourselves.
fn of_document(bytes: &[u8]) -> Option<Input> {
    let mut document = json::parse(bytes).ok()?;
    let Json::Array(records) = document.get_mut("records")?.take() else { return None };
    let rows = records.into_iter().zip(1..).map(|(raw, number)| Row { number, raw: Some(raw) });
    let lookups = document.get("lookups").and_then(Lookups::parse).unwrap_or_default();
    Some(Input { rows: rows.collect(), lookups })
}

fn parsed(rows: Vec<(u32, &[u8])>) -> Vec<Row> {
    let row = |(number, bytes): (u32, &[u8])| Row {
        number: number.into(),
        // Parsed, a record takes many times its size.
        raw: (bytes.len() <= limit::BODY).then(|| json::parse(bytes).unwrap_or_default()),
    };
    rows.into_iter().map(row).collect()
}

fn lookups(text: Option<&str>) -> Lookups {
    let raw = text.and_then(|text| json::parse(text.as_bytes()).ok());
    raw.as_ref().and_then(Lookups::parse).unwrap_or_default()
}

/// The payload is not what was planned: no rows are better than wrong ones.
fn unlike_plan() -> StoreError {
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
        let input = of_document(body.to_string().as_bytes()).unwrap();
        let numbers: Vec<_> =
            input.rows.iter().map(|row| (row.number, row.raw == Some(Json::Null))).collect();
        assert_eq!(numbers, [(1, false), (2, true)]);
        assert_eq!(input.lookups, Lookups::parse(&lookups).unwrap());
        assert!(of_document(b"[]").is_none());
    }

    #[test]
    fn a_row_that_cant_be_read_is_null() {
        let rows = parsed(vec![(3, br#"{"a":0,"a":1}"#), (4, b"{")]);
        assert_eq!((&rows[0].raw, &rows[1].raw), (&Some(json!({ "a": 1 })), &Some(Json::Null)));
        let huge = vec![b' '; limit::BODY + 1];
        assert_eq!(parsed(vec![(5, &huge)])[0].raw, None);
    }
}
