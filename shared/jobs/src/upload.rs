//! Payloads that are uploaded: the first to arrive is the job's, and one that never does ends it.

use std::time::{SystemTime, UNIX_EPOCH};

use people_storage::jobs::{Job, JobId, JobKind, JobState};
use people_storage::{Result, TenantStore, failpoint};

use crate::bucket::FirstUpload;
use crate::message::UploadEvent;
use crate::object_keys;
use crate::split::SPLIT_JOB_KINDS;
use crate::{Jobs, StepOutcome};

/// How long after the URL's end an upload may still be under way, in milliseconds: the bucket looks at
/// the end when the upload begins, and 1 GB at 5 Mbit/s takes half an hour.
const UPLOAD_GRACE_MILLIS: i64 = 60 * 60 * 1_000;

const UNUSED_URL_MESSAGE: &str = "Nothing was uploaded before the upload URL expired";

/// The message of a job whose upload URL was used so often that its first upload can't be told.
const TOO_MANY_UPLOADS_MESSAGE: &str =
    "Too many files were put to the upload URL; ask for a new one, and put one";

impl Jobs {
    /// An object arrived at a job's place: the first is its payload, and is split. Only a job that has
    /// no payload yet looks into the bucket: thousands of arrivals at one URL are dismissed by a read
    /// each. A dead letter of an arrival is accepted likewise: the file is there, and its job waits.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn handle_upload(
        &self,
        store: &TenantStore,
        arrival: &UploadEvent,
    ) -> Result<StepOutcome> {
        let Some(job) = store.read_job(&arrival.job, &SPLIT_JOB_KINDS).await? else {
            return Ok("gone");
        };
        match (&job.state, &job.payload_version) {
            (JobState::Completed { .. }, _) => return Ok("completed before"),
            (JobState::Awaited { .. }, _) => {
                if let Err(outcome) = self.pin_payload(store, &job.id).await? {
                    return Ok(outcome);
                }
            }
            (_, Some(pin)) if *pin != arrival.version => return Ok("not the first"),
            (JobState::Init { chunks: None }, _) => {}
            _ => return Ok("planned before"),
        }
        self.queues.send_split_message(&store.tenant().id, &job.id).await?;
        failpoint("upload.sent");
        Ok("accepted")
    }

    /// Fixes which object is a job's payload, by what the bucket has; otherwise says why there is
    /// none. An upload counts as accepted when it was put.
    pub(crate) async fn pin_payload(
        &self,
        store: &TenantStore,
        job: &JobId,
    ) -> Result<std::result::Result<(), StepOutcome>> {
        let key = object_keys::upload_key(&store.tenant().id, job);
        // Events come in any order: the oldest version tells which upload was the first.
        let first = match self.bucket.find_first_upload(&key).await? {
            FirstUpload::Known(first) => first,
            FirstUpload::None => return Ok(Err("awaited")),
            FirstUpload::Unknown => {
                store.refuse_job_without_payload(job, TOO_MANY_UPLOADS_MESSAGE).await?;
                return Ok(Err("refused"));
            }
        };
        let is_pinned = store.pin_upload(job, &key, &first).await?;
        failpoint("upload.pinned");
        Ok(if is_pinned { Ok(()) } else { Err("not the first") })
    }

    /// The job as it stands, sent again if the event of its upload is lost, ended if its payload was
    /// to be uploaded and never was.
    pub(crate) async fn resume_upload_if_stalled(
        &self,
        store: &TenantStore,
        job: Job,
        expires: i64,
    ) -> Result<Option<Job>> {
        let key = object_keys::upload_key(&store.tenant().id, &job.id);
        let is_over = now_millis() > expires.saturating_add(UPLOAD_GRACE_MILLIS);
        let is_stalled = store.claim_resend(&job, self.config.stall_timeout).await?;
        if !(is_over || is_stalled) {
            return Ok(Some(job));
        }
        // Of any version: a file that waits for longer than a day has expired (template.yaml, upload).
        if !matches!(self.bucket.find_first_upload(&key).await?, FirstUpload::None) {
            if is_stalled {
                self.queues.send_split_message(&store.tenant().id, &job.id).await?;
            }
            return Ok(Some(job));
        }
        if !is_over {
            return Ok(Some(job));
        }
        store.refuse_job_without_payload(&job.id, UNUSED_URL_MESSAGE).await?;
        store.read_job(&job.id, &[JobKind::Upload]).await
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
