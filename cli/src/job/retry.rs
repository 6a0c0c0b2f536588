//! `people job retry-failed`: the rows that failed become a new job.

use bytes::Bytes;
use futures::TryStreamExt;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::job::{Counts, Job, JobId, JobState};
use serde_json::json;

use super::line::Line;
use super::{completed, of, results, wait};
use crate::args::job::Retry;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Answer, say};
use crate::place;

pub(super) async fn run(global: Global, args: Retry) -> Result<Answer, Failure> {
    let config = place::submitting(args.new, args.queues)?;
    let store = of(global, &args.job).await?;
    let job = completed(&store, &args.job.job).await?;
    let jobs = place::open(config).await;
    let numbers = match any(&job, args.partial) {
        true => numbers(&jobs, &store, &job, args.partial).await?,
        false => Vec::new(),
    };
    if numbers.is_empty() {
        return Ok(nothing(&job));
    }
    let new = submit(&jobs, &store, &job, &numbers).await?;
    let (tenant, rows) = (&store.tenant().id, numbers.len());
    if args.no_wait {
        let result = json!({ "id": new.as_str(), "rows": rows, "retryOf": job.id.as_str() });
        let note = format!("{rows} rows are sent again: `people job wait {tenant} {new}`.");
        return Ok(Answer::new(result, new.to_string()).note(note));
    }
    say(&format!("{rows} rows are sent again as job {new}."));
    let summary = wait(&store, &new, args.patience).await?;
    Ok(summary.ended_with(tenant, ("retryOf", job.id.as_str())))
}

fn counts(job: &Job) -> Counts {
    match job.state {
        JobState::Completed { counts, .. } => counts,
        _ => Counts::default(),
    }
}

/// Whether the job says that there is such a row.
fn any(job: &Job, partial: bool) -> bool {
    let counts = counts(job);
    counts.failure > 0 || (partial && counts.partial > 0)
}

/// The numbers of the rows to send again, ascending.
async fn numbers(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    partial: bool,
) -> Result<Vec<u32>, Failure> {
    let is_wanted = |line: &Line| line.failed() || (partial && !line.succeeded());
    let mut numbers = Vec::new();
    let mut chunks = std::pin::pin!(results::results(jobs, store, job));
    while let Some(lines) = chunks.try_next().await? {
        numbers.extend(lines.iter().filter(|line| is_wanted(line)).filter_map(Line::number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

async fn submit(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    numbers: &[u32],
) -> Result<JobId, Failure> {
    let payload = jobs.payload(store, job).await?.ok_or_else(|| {
        Failure::Refused(format!("the payload of job {} is not in the bucket any more", job.id))
    })?;
    let rows = payload.rows(numbers).await?;
    Ok(jobs.submit_bulk(store, again(&rows, payload.lookups()).into()).await?)
}

/// A payload of these rows.
fn again(rows: &[(u32, Bytes)], lookups: Option<&str>) -> Vec<u8> {
    let lookups = lookups.unwrap_or("null").as_bytes();
    let rows = rows.iter().map(|(_, bytes)| bytes.as_ref()).collect::<Vec<_>>();
    [b"{\"lookups\":", lookups, b",\"records\":[", &rows.join(&b','), b"]}"].concat()
}

fn nothing(job: &Job) -> Answer {
    let answer = Answer::new(
        json!({ "id": null, "rows": 0, "retryOf": job.id.as_str() }),
        format!("Nothing to send again: no row of job {} failed.", job.id),
    );
    match (&job.state, counts(job).partial) {
        (JobState::Completed { message: Some(message), .. }, _) => answer.note(format!(
            "Its payload was refused as a whole: {message}. Mend it and import it anew."
        )),
        (_, 1..) => {
            answer.note("Rows failed in part, though: --partial sends those again too.".to_owned())
        }
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sent_again_as_they_were() {
        let rows = [(3, Bytes::from_static(br#"{"a":1.10}"#)), (7, Bytes::from_static(b"null"))];
        let text = |lookups| String::from_utf8(again(&rows, lookups)).unwrap();
        assert_eq!(text(None), r#"{"lookups":null,"records":[{"a":1.10},null]}"#);
        assert_eq!(text(Some("{}")), r#"{"lookups":{},"records":[{"a":1.10},null]}"#);
    }
}
