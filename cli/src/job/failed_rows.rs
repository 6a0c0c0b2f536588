//! Selects the failed rows of a completed job and builds a payload of them as they were sent.

use bytes::Bytes;
use futures::TryStreamExt;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobCounts, JobId, JobState};

use super::result_row::ResultRow;
use super::{find_completed_job, results};
use crate::error::CommandError;

/// The row counts of a completed job; zeros before completion.
pub(super) fn final_counts(job: &Job) -> JobCounts {
    match job.state {
        JobState::Completed { counts, .. } => counts,
        _ => JobCounts::default(),
    }
}

/// Returns the numbers of the failed rows in ascending order; `partial` includes rows that failed
/// in part.
pub(super) async fn find_failed_rows(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    partial: bool,
) -> Result<Vec<u32>, CommandError> {
    let counts = final_counts(job);
    if counts.failure == 0 && (counts.partial == 0 || !partial) {
        return Ok(Vec::new());
    }
    let is_wanted = |row: &ResultRow| row.has_failed() || (partial && !row.has_succeeded());
    let mut numbers = Vec::new();
    let mut chunks = std::pin::pin!(results::stream_results(jobs, store, job));
    while let Some(chunk) = chunks.try_next().await? {
        numbers.extend(chunk.iter().filter(|row| is_wanted(row)).filter_map(ResultRow::number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The numbers of the rows of a completed job that were not written whole; `None` if its payload
/// was refused.
pub(crate) async fn find_unwritten_rows(
    jobs: &Jobs,
    store: &TenantStore,
    id: &JobId,
) -> Result<Option<Vec<u32>>, CommandError> {
    let job = find_completed_job(store, id).await?;
    match job.state {
        JobState::Completed { message: Some(_), .. } => Ok(None),
        _ => find_failed_rows(jobs, store, &job, true).await.map(Some),
    }
}

/// Builds a payload of these rows (ascending) with the lookups of the original.
pub(super) async fn build_payload(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    numbers: &[u32],
) -> Result<Vec<u8>, CommandError> {
    if numbers.is_empty() {
        return Ok(join_rows(&[], None));
    }
    let payload = jobs.open_payload(store, job).await?.ok_or_else(|| {
        CommandError::Refused(format!(
            "the payload of job {} is not in the bucket any more",
            job.id
        ))
    })?;
    let rows = payload.read_rows(numbers).await?;
    Ok(join_rows(&rows, payload.lookups()))
}

fn join_rows(rows: &[(u32, Bytes)], lookups: Option<&str>) -> Vec<u8> {
    let lookups = lookups.unwrap_or("null").as_bytes();
    let rows = rows.iter().map(|(_, bytes)| bytes.as_ref()).collect::<Vec<_>>();
    [b"{\"lookups\":", lookups, b",\"records\":[", &rows.join(&b','), b"]}"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_they_were_sent() {
        let rows = [(3, Bytes::from_static(br#"{"a":1.10}"#)), (7, Bytes::from_static(b"null"))];
        let text = |lookups| String::from_utf8(join_rows(&rows, lookups)).unwrap();
        assert_eq!(text(None), r#"{"lookups":null,"records":[{"a":1.10},null]}"#);
        assert_eq!(text(Some("{}")), r#"{"lookups":{},"records":[{"a":1.10},null]}"#);
        assert_eq!(join_rows(&[], None), br#"{"lookups":null,"records":[]}"#);
    }
}
