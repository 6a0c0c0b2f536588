//! `people job retry-failed`: the rows that failed become a new job.

use people_domain::count::print_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobKind, JobState};
use serde_json::json;

use super::{completed, of, picked, wait};
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
    let numbers = picked::numbers(&jobs, &store, &job, args.partial).await?;
    if numbers.is_empty() {
        return Ok(nothing(&job));
    }
    let new = submit(&jobs, &store, &job, &numbers).await?;
    let (tenant, number) = (&store.tenant().id, numbers.len() as u64);
    let rows = print_count(number, "row");
    if args.no_wait {
        let result = json!({ "id": new.as_str(), "rows": number, "retryOf": job.id.as_str() });
        let note = format!("{rows} sent again: `people job wait {tenant} {new}`.");
        return Ok(Answer::new(result, new.to_string()).note(note));
    }
    say(&format!("{rows} sent again as job {new}."));
    let summary = wait(&store, Some(&jobs), &new, args.patience).await?;
    Ok(summary.ended_with(tenant, ("retryOf", job.id.as_str())))
}

/// The new job is of the same rule: the rows of people/async are written whole or not at all.
async fn submit(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    numbers: &[u32],
) -> Result<JobId, Failure> {
    let payload = picked::payload(jobs, store, job, numbers).await?.into();
    Ok(match job.kind {
        JobKind::Async => jobs.submit_async(store, payload, numbers.len()).await?,
        _ => jobs.submit_bulk(store, payload).await?,
    })
}

fn nothing(job: &Job) -> Answer {
    let answer = Answer::new(
        json!({ "id": null, "rows": 0, "retryOf": job.id.as_str() }),
        format!("Nothing to send again: no row of job {} failed.", job.id),
    );
    match (&job.state, picked::counts(job).partial) {
        (JobState::Completed { message: Some(message), .. }, _) => answer.note(format!(
            "Its payload was refused as a whole: {message}. Mend it and import it anew."
        )),
        (_, 1..) => {
            answer.note("Rows failed in part, though: --partial sends those again too.".to_owned())
        }
        _ => answer,
    }
}
