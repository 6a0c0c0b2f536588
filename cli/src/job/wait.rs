//! Waits for a job, with a progress bar where it is visible.

use std::time::Duration;

use jiff::Timestamp;
use people_domain::count::format_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobProgress, JobState};
use tokio::time::{Instant, sleep};

use super::find_current_job;
use super::job_progress::{JobProgressBar, format_bar};
use super::summary::JobSummary;
use crate::args::job::WaitArgs;
use crate::error::CommandError;
use crate::interrupt::run_interruptible;
use crate::output::format_time;
use crate::progress::report_progress;

/// The delay between two polls: at first, and at most.
const POLL_DELAY_MIN: Duration = Duration::from_millis(100);
const POLL_DELAY_MAX: Duration = Duration::from_secs(1);

/// How long an upload may still run after its URL has expired, in milliseconds.
const UPLOAD_GRACE_MS: i64 = 5 * 60 * 1_000;

/// Waits until a job is completed; `jobs` is the connection to the bucket, if it is known.
pub(crate) async fn wait_for_job(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
    wait: WaitArgs,
) -> Result<JobSummary, CommandError> {
    let bar = JobProgressBar::new();
    let handle = bar.handle();
    let completion = await_completion(store, jobs, id, wait, bar);
    let completion = report_progress(completion, || format_bar(&handle));
    let tenant = &store.tenant().id;
    let advice = || format!("job {id} goes on; `people job wait {tenant} {id}` shows it again");
    run_interruptible(completion, advice).await
}

async fn await_completion(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
    wait: WaitArgs,
    mut bar: JobProgressBar,
) -> Result<JobSummary, CommandError> {
    let (start, mut pause) = (Instant::now(), POLL_DELAY_MIN);
    loop {
        let job = find_current_job(store, jobs, id).await?;
        if let JobState::Completed { .. } = job.state {
            return Ok(JobSummary::from_job(&job, JobProgress::default()));
        }
        if jobs.is_none() {
            check_upload_deadline(&job)?;
        }
        let progress = store.read_job_progress(&job).await?;
        bar.show_job(&job, progress);
        let left = wait.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(timeout_error(store, &job, progress));
        }
        sleep(left.map_or(pause, |left| left.min(pause))).await;
        pause = POLL_DELAY_MAX.min(pause * 3 / 2);
    }
}

/// Fails once no payload can arrive any more. A known bucket answers that itself.
fn check_upload_deadline(job: &Job) -> Result<(), CommandError> {
    match job.state {
        JobState::Awaited { expires }
            if Timestamp::now().as_millisecond() > expires.saturating_add(UPLOAD_GRACE_MS) =>
        {
            Err(CommandError::Refused(format!(
                "job {} was awaiting its upload until {}; pass --bucket NAME or set \
                 PAYLOAD_BUCKET to look whether one came",
                job.id,
                format_time(expires)
            )))
        }
        _ => Ok(()),
    }
}

fn timeout_error(store: &TenantStore, job: &Job, progress: JobProgress) -> CommandError {
    let (state, tenant, id) = (job.state.as_str(), &store.tenant().id, &job.id);
    let done = match (&job.state, job.chunks()) {
        (JobState::Awaited { expires }, _) => {
            format!("{state}, awaiting its upload until {}", format_time(*expires))
        }
        (_, Some(chunks)) => {
            let chunks = format_count(chunks.into(), "chunk");
            format!("{state}, {} of {chunks} settled", progress.settled)
        }
        (_, None) => state.to_owned(),
    };
    CommandError::TimedOut(format!(
        "job {id} is not completed yet ({done}); it goes on, and `people job wait {tenant} {id}` \
         goes on waiting"
    ))
}
