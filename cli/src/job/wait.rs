//! Waits for a job, with a bar where somebody sees it.

use std::time::Duration;

use jiff::Timestamp;
use people_domain::count::print_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobId, JobState, Progress};
use tokio::time::{Instant, sleep};

use super::attended;
use super::bar::{Bar, print_line};
use super::summary::Summary;
use crate::args::job::Patience;
use crate::failure::Failure;
use crate::interrupt::await_work;
use crate::output::moment;
use crate::progress::report_progress;

/// How long to wait before looking again: the first time, and at most.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// How long after the URL's end an upload may still be under way, in milliseconds.
const GRACE: i64 = 5 * 60 * 1_000;

/// Waits until a job is completed. `jobs`: the way to the bucket, where it is known.
pub(crate) async fn wait(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
    patience: Patience,
) -> Result<Summary, Failure> {
    let bar = Bar::new();
    let handle = bar.handle();
    let completion = await_completion(store, jobs, id, patience, bar);
    let completion = report_progress(completion, || print_line(&handle));
    let tenant = &store.tenant().id;
    let advice = || format!("job {id} goes on; `people job wait {tenant} {id}` shows it again");
    await_work(completion, advice).await
}

async fn await_completion(
    store: &TenantStore,
    jobs: Option<&Jobs>,
    id: &JobId,
    patience: Patience,
    mut bar: Bar,
) -> Result<Summary, Failure> {
    let (start, mut pause) = (Instant::now(), FIRST);
    loop {
        let job = attended(store, jobs, id).await?;
        if let JobState::Completed { .. } = job.state {
            return Ok(Summary::of(&job, Progress::default()));
        }
        if jobs.is_none() {
            expected(&job)?;
        }
        let progress = store.progress(&job).await?;
        bar.show(&job, progress);
        let left = patience.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(late(store, &job, progress));
        }
        sleep(left.map_or(pause, |left| left.min(pause))).await;
        pause = LONGEST.min(pause * 3 / 2);
    }
}

/// Whether a payload may still come. Where the bucket is known it says so itself.
fn expected(job: &Job) -> Result<(), Failure> {
    match job.state {
        JobState::Awaited { expires }
            if Timestamp::now().as_millisecond() > expires.saturating_add(GRACE) =>
        {
            Err(Failure::Refused(format!(
                "job {} was awaiting its upload until {}; pass --bucket NAME or set \
                 PAYLOAD_BUCKET to look whether one came",
                job.id,
                moment(expires)
            )))
        }
        _ => Ok(()),
    }
}

fn late(store: &TenantStore, job: &Job, progress: Progress) -> Failure {
    let (state, tenant, id) = (job.state.as_str(), &store.tenant().id, &job.id);
    let done = match (&job.state, job.chunks()) {
        (JobState::Awaited { expires }, _) => {
            format!("{state}, awaiting its upload until {}", moment(*expires))
        }
        (_, Some(chunks)) => {
            let chunks = print_count(chunks.into(), "chunk");
            format!("{state}, {} of {chunks} settled", progress.settled)
        }
        (_, None) => state.to_owned(),
    };
    Failure::Late(format!(
        "job {id} is not completed yet ({done}); it goes on, and `people job wait {tenant} {id}` \
         goes on waiting"
    ))
}
