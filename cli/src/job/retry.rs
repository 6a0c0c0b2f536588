//! `people job retry-failed`: the rows that failed become a new job.

use people_domain::count::format_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobKind, JobState};
use serde_json::json;

use super::{failed_rows, find_completed_job, open_job_store, wait_for_job};
use crate::args::job::RetryArgs;
use crate::aws_resources;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, print_message};

pub(super) async fn retry_failed(
    global: GlobalArgs,
    args: RetryArgs,
) -> Result<CommandOutput, CommandError> {
    let config = aws_resources::config_for_submit(args.new, args.queues)?;
    let store = open_job_store(global, &args.job).await?;
    let job = find_completed_job(&store, &args.job.job).await?;
    let jobs = aws_resources::connect_jobs(config).await;
    let numbers = failed_rows::find_failed_rows(&jobs, &store, &job, args.partial).await?;
    if numbers.is_empty() {
        return Ok(report_nothing_failed(&job));
    }
    let new = submit_rows(&jobs, &store, &job, &numbers).await?;
    let (tenant, number) = (&store.tenant().id, numbers.len() as u64);
    let rows = format_count(number, "row");
    if args.no_wait {
        let result = json!({ "id": new.as_str(), "rows": number, "retryOf": job.id.as_str() });
        let note = format!("{rows} sent again: `people job wait {tenant} {new}`.");
        return Ok(CommandOutput::new(result, new.to_string()).with_note(note));
    }
    print_message(&format!("{rows} sent again as job {new}."));
    let summary = wait_for_job(&store, Some(&jobs), &new, args.wait).await?;
    Ok(summary.into_retry_output(tenant, &job.id))
}

/// Submits rows as a new job under the same rule: rows of people/async are written completely or
/// not at all.
async fn submit_rows(
    jobs: &Jobs,
    store: &TenantStore,
    job: &Job,
    numbers: &[u32],
) -> Result<JobId, CommandError> {
    let payload = failed_rows::build_payload(jobs, store, job, numbers).await?.into();
    Ok(match job.kind {
        JobKind::Async => jobs.submit_async(store, payload, numbers.len()).await?,
        _ => jobs.submit_bulk(store, payload).await?,
    })
}

fn report_nothing_failed(job: &Job) -> CommandOutput {
    let output = CommandOutput::new(
        json!({ "id": null, "rows": 0, "retryOf": job.id.as_str() }),
        format!("Nothing to send again: no row of job {} failed.", job.id),
    );
    match (&job.state, failed_rows::final_counts(job).partial) {
        (JobState::Completed { message: Some(message), .. }, _) => output.with_note(format!(
            "Its payload was refused as a whole: {message}. Fix it and import it anew."
        )),
        (_, 1..) => output
            .with_note("Rows failed in part, though: --partial sends those again too.".to_owned()),
        _ => output,
    }
}
