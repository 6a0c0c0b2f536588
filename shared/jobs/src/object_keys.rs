//! Keys of the objects of jobs in the bucket.

use people_storage::jobs::{Job, JobId, ObjectVersion};

/// The prefix of uploads, and the only one about which the bucket sends events.
pub(crate) const UPLOAD_PREFIX: &str = "upload";

/// A payload as it was posted, plain or gzip; for a delete, the ids by chunk.
pub(crate) fn payload_key(tenant: &str, job: &JobId) -> String {
    format!("payload/{tenant}/{job}")
}

/// The key to which a payload may be uploaded.
pub(crate) fn upload_key(tenant: &str, job: &JobId) -> String {
    format!("{UPLOAD_PREFIX}/{tenant}/{job}")
}

/// The plain bytes of a gzip payload: gzip can't be read by ranges.
pub(crate) fn plain_payload_key(tenant: &str, job: &JobId) -> String {
    format!("plain/{tenant}/{job}")
}

/// A plan file, by its hash: a splitter of another version can't put its own over it.
pub(crate) fn plan_key(tenant: &str, job: &JobId, hash: &str) -> String {
    format!("plan/{tenant}/{job}/{hash}")
}

/// The results of a chunk, as callers get them.
pub(crate) fn result_key(tenant: &str, job: &JobId, chunk: u32) -> String {
    format!("result/{tenant}/{job}/{chunk}")
}

/// Returns the key of a job's payload, and for an upload the version that was put first: anyone who
/// has the URL can put another object over it while the URL is valid (ADR 24).
pub(crate) fn locate_payload(job: &Job) -> Option<(&str, Option<&ObjectVersion>)> {
    let key = job.payload.as_deref()?;
    let is_upload = key.split('/').next() == Some(UPLOAD_PREFIX);
    Some((key, job.payload_version.as_ref().filter(|_| is_upload)))
}
