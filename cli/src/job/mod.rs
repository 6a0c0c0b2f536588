//! `people job`: list, show, wait, results, retry-failed.

mod failed_rows;
mod job_progress;
mod list;
mod result_row;
mod results;
mod retry;
mod row_writer;
mod summary;
mod wait;

use jiff::Timestamp;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobKind, JobState};

use crate::args::job::{BucketArgs, JobArgs, JobCommand};
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::CommandOutput;
use crate::{aws_resources, schema, store};
pub(crate) use summary::JobSummary;

pub(crate) use failed_rows::find_unwritten_rows;
pub(crate) use wait::wait_for_job;

const ALL_KINDS: [JobKind; 4] = [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

pub(crate) async fn run(
    global: GlobalArgs,
    command: JobCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        JobCommand::List(args) => list::list_jobs(global, args).await,
        JobCommand::Show { job, bucket } => {
            let (store, jobs) =
                (open_job_store(global, &job).await?, connect_if_named(bucket).await);
            show_job(&store, jobs.as_ref(), &job.job).await
        }
        JobCommand::Wait { job, wait, bucket } => {
            let (store, jobs) =
                (open_job_store(global, &job).await?, connect_if_named(bucket).await);
            let summary = wait_for_job(&store, jobs.as_ref(), &job.job, wait).await?;
            Ok(summary.into_final_output(&store.tenant().id))
        }
        JobCommand::Results(args) => results::write_results(global, args).await,
        JobCommand::RetryFailed(args) => retry::retry_failed(global, args).await,
    }
}

/// Opens the store of a job's tenant.
async fn open_job_store(global: GlobalArgs, job: &JobArgs) -> Result<TenantStore, CommandError> {
    schema::find_tenant_store(&store::open_store(global).await?, job.tenant.as_str()).await
}

/// Connects to the bucket if one is named.
async fn connect_if_named(bucket: BucketArgs) -> Option<Jobs> {
    match aws_resources::config_if_named(bucket) {
        Some(config) => Some(aws_resources::connect_jobs(config).await),
        None => None,
    }
}

async fn show_job(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
) -> Result<CommandOutput, CommandError> {
    let job = find_current_job(store, jobs, id).await?;
    let progress = store.read_job_progress(&job).await?;
    Ok(JobSummary::from_job(&job, progress).into_output())
}

/// Reads a job; an unknown id is an error.
async fn find_job(store: &TenantStore, id: &JobId) -> Result<Job, CommandError> {
    store.read_job(id, &ALL_KINDS).await?.ok_or_else(|| no_such_job(store, id))
}

fn no_such_job(store: &TenantStore, id: &JobId) -> CommandError {
    CommandError::Refused(format!(
        "tenant {} has no job {id}, or has it no more: jobs are kept for the stack's retention \
         days (7, if not set)",
        store.tenant().id
    ))
}

/// Reads a job like a status call of the API does: a job whose upload never came is ended, if the
/// bucket is known.
async fn find_current_job(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
) -> Result<Job, CommandError> {
    let job = find_job(store, id).await?;
    let (JobState::Awaited { expires }, Some(jobs)) = (&job.state, jobs) else { return Ok(job) };
    if Timestamp::now().as_millisecond() <= *expires {
        return Ok(job);
    }
    // Fails if the bucket does not exist: it would look like a missing upload and end the job.
    jobs.read_result_bytes(store, &job, 1).await?;
    let job = jobs.resume_if_stalled(store, job).await?;
    job.ok_or_else(|| no_such_job(store, id))
}

/// Reads a job that has its results; one that is not completed or has no rows is an error.
async fn find_completed_job(store: &TenantStore, id: &JobId) -> Result<Job, CommandError> {
    let (job, tenant) = (find_job(store, id).await?, &store.tenant().id);
    match job.state {
        _ if job.kind == JobKind::Delete => Err(CommandError::Refused(format!(
            "job {id} erases people and has no rows; `people job show {tenant} {id}` counts them"
        ))),
        JobState::Completed { .. } => Ok(job),
        _ => Err(CommandError::Refused(format!(
            "job {id} is {} and has results once it is COMPLETED; `people job wait {tenant} {id}` \
             waits for that",
            job.state.as_str()
        ))),
    }
}
