//! Uploaded payloads: the first object that arrives is the job's payload, and a job whose payload
//! never arrives is ended (ADR 24).

use std::time::{SystemTime, UNIX_EPOCH};

use people_storage::jobs::{Job, JobId, JobKind, JobState};
use people_storage::{TenantStore, failpoint};

use crate::bucket::FirstUpload;
use crate::message::UploadEvent;
use crate::object_keys;
use crate::split::SPLIT_JOB_KINDS;
use crate::{Jobs, Result, StepOutcome};

/// How long after its URL expired an upload may still be in progress, in milliseconds: the bucket
/// checks the expiry when the upload begins, and 1 GB at 5 Mbit/s takes half an hour.
const UPLOAD_GRACE_MILLIS: i64 = 60 * 60 * 1_000;

const UNUSED_URL_MESSAGE: &str = "Nothing was uploaded before the upload URL expired";

/// The message of a job whose upload URL was used so often that its first upload can't be found.
const TOO_MANY_UPLOADS_MESSAGE: &str =
    "Too many files were put to the upload URL; ask for a new one, and put one";

impl Jobs {
    /// Handles an object that arrived at a job's upload URL: the first is the job's payload, and is
    /// sent to the splitter. The bucket is read only for a job that has no payload yet: thousands
    /// of events of one URL cost one read of the job each. A dead letter of an event is handled
    /// alike: the object exists, and its job waits.
    pub async fn handle_upload(
        &self,
        store: &TenantStore,
        event: &UploadEvent,
    ) -> Result<StepOutcome> {
        let Some(job) = store.read_job(&event.job, &SPLIT_JOB_KINDS).await? else {
            return Ok("gone");
        };
        match (&job.state, &job.payload_version) {
            (JobState::Completed { .. }, _) => return Ok("completed before"),
            (JobState::Awaited { .. }, _) => {
                if let Some(outcome) = self.pin_payload(store, &job.id).await? {
                    return Ok(outcome);
                }
            }
            (_, Some(pinned)) if *pinned != event.version => return Ok("not the first"),
            (JobState::Init { chunks: None }, _) => {}
            _ => return Ok("planned before"),
        }
        self.queues.send_split_message(&store.tenant().id, &job.id).await?;
        failpoint("upload.sent");
        Ok("accepted")
    }

    /// Pins the first object in the bucket as the job's payload, or returns why the job can't have
    /// it. An upload counts as accepted when it was put.
    pub(crate) async fn pin_payload(
        &self,
        store: &TenantStore,
        job: &JobId,
    ) -> Result<Option<StepOutcome>> {
        let key = object_keys::upload_key(&store.tenant().id, job);
        // Events arrive in any order: the oldest version is the first upload.
        let first = match self.bucket.find_first_upload(&key).await? {
            FirstUpload::Known(first) => first,
            FirstUpload::None => return Ok(Some("awaited")),
            FirstUpload::Unknown => {
                store.refuse_job_without_payload(job, TOO_MANY_UPLOADS_MESSAGE).await?;
                return Ok(Some("refused"));
            }
        };
        let is_pinned = store.pin_upload(job, &key, &first).await?;
        failpoint("upload.pinned");
        Ok((!is_pinned).then_some("not the first"))
    }

    /// Returns the current job of an upload. It is sent to the splitter if the event of its upload
    /// is lost, and ended if the URL expired and nothing was uploaded.
    pub(crate) async fn resume_upload_if_stalled(
        &self,
        store: &TenantStore,
        job: Job,
        expires: i64,
    ) -> Result<Option<Job>> {
        let key = object_keys::upload_key(&store.tenant().id, &job.id);
        let has_expired = now_millis() > expires.saturating_add(UPLOAD_GRACE_MILLIS);
        let is_stalled = store.claim_resend(&job, self.config.stall_timeout).await?;
        if !(has_expired || is_stalled) {
            return Ok(Some(job));
        }
        // Any version counts: the current one expires after a day (template.yaml, upload).
        if !matches!(self.bucket.find_first_upload(&key).await?, FirstUpload::None) {
            if is_stalled {
                self.queues.send_split_message(&store.tenant().id, &job.id).await?;
            }
            return Ok(Some(job));
        }
        if !has_expired {
            return Ok(Some(job));
        }
        store.refuse_job_without_payload(&job.id, UNUSED_URL_MESSAGE).await?;
        Ok(store.read_job(&job.id, &[JobKind::Upload]).await?)
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
