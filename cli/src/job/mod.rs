//! `people job`: show, wait, results, retry-failed.

mod bar;
mod draft;
mod line;
mod picked;
mod results;
mod retry;
mod sheet;
mod summary;
mod wait;

use jiff::Timestamp;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobKind, JobState};

use crate::args::job::{BucketArgs, JobCommand, OneJob};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Answer;
use crate::{place, schema, store};
use summary::Summary;

pub(crate) use wait::wait;

/// Jobs of every kind.
const ANY: [JobKind; 4] = [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

pub(crate) async fn run(global: Global, command: JobCommand) -> Result<Answer, Failure> {
    match command {
        JobCommand::Show { job, bucket } => {
            let (store, jobs) = (of(global, &job).await?, bucketed(bucket).await);
            show(&store, jobs.as_ref(), &job.job).await
        }
        JobCommand::Wait { job, patience, bucket } => {
            let (store, jobs) = (of(global, &job).await?, bucketed(bucket).await);
            let summary = wait(&store, jobs.as_ref(), &job.job, patience).await?;
            Ok(summary.ended(&store.tenant().id))
        }
        JobCommand::Results(args) => results::run(global, args).await,
        JobCommand::RetryFailed(args) => retry::run(global, args).await,
    }
}

/// The store as a job's tenant sees it.
async fn of(global: Global, job: &OneJob) -> Result<TenantStore, Failure> {
    schema::of(&store::open(global).await?, job.tenant.as_str()).await
}

/// The way to the bucket, where one is named.
async fn bucketed(bucket: BucketArgs) -> Option<Jobs> {
    match place::known(bucket) {
        Some(config) => Some(place::open(config).await),
        None => None,
    }
}

async fn show(store: &TenantStore, jobs: Option<&Jobs>, id: &JobId) -> Result<Answer, Failure> {
    let job = attended(store, jobs, id).await?;
    let progress = store.progress(&job).await?;
    Ok(Summary::of(&job, progress).shown())
}

/// The job of an id; that there is none is a failure.
async fn find(store: &TenantStore, id: &JobId) -> Result<Job, Failure> {
    store.job(id, &ANY).await?.ok_or_else(|| none(store, id))
}

fn none(store: &TenantStore, id: &JobId) -> Failure {
    Failure::Refused(format!(
        "tenant {} has no job {id}, or has it no more: jobs are kept for the stack's retention \
         days (7, if not set)",
        store.tenant().id
    ))
}

/// The same job as the API tells of it: one whose upload never came is ended, where the bucket is
/// known.
async fn attended(store: &TenantStore, jobs: Option<&Jobs>, id: &JobId) -> Result<Job, Failure> {
    let job = find(store, id).await?;
    let (JobState::Awaited { expires }, Some(jobs)) = (&job.state, jobs) else { return Ok(job) };
    if Timestamp::now().as_millisecond() <= *expires {
        return Ok(job);
    }
    // A bucket that does not exist has no upload either, and would end the job.
    jobs.result_bytes(store, &job, 1).await.map_err(Failure::bucket)?;
    let job = jobs.attended(store, job).await.map_err(Failure::bucket)?;
    job.ok_or_else(|| none(store, id))
}

/// The job of an id once every row has its result.
async fn completed(store: &TenantStore, id: &JobId) -> Result<Job, Failure> {
    let (job, tenant) = (find(store, id).await?, &store.tenant().id);
    match job.state {
        _ if job.kind == JobKind::Delete => Err(Failure::Refused(format!(
            "job {id} erases people and has no rows; `people job show {tenant} {id}` counts them"
        ))),
        JobState::Completed { .. } => Ok(job),
        _ => Err(Failure::Refused(format!(
            "job {id} is {} and has results once it is COMPLETED; `people job wait {tenant} {id}` \
             waits for that",
            job.state.as_str()
        ))),
    }
}
