//! Where things lie in the bucket.

use people_storage::jobs::{Job, JobId, ObjectVersion};

/// What keys of uploads begin with: only their arrival is announced.
pub(crate) const UPLOAD_PREFIX: &str = "upload";

/// A payload as it was posted, plain or gzip; of a delete, the ids by chunk.
pub(crate) fn payload_key(tenant: &str, job: &JobId) -> String {
    format!("payload/{tenant}/{job}")
}

/// Where a payload may be uploaded.
pub(crate) fn upload_key(tenant: &str, job: &JobId) -> String {
    format!("{UPLOAD_PREFIX}/{tenant}/{job}")
}

/// The plain bytes of a gzip payload, which can't be read in parts.
pub(crate) fn plain_payload_key(tenant: &str, job: &JobId) -> String {
    format!("plain/{tenant}/{job}")
}

/// A plan, by its hash: a splitter of another version can't put its own over it.
pub(crate) fn plan_key(tenant: &str, job: &JobId, hash: &str) -> String {
    format!("plan/{tenant}/{job}/{hash}")
}

/// The results of a chunk, as they are answered.
pub(crate) fn result_key(tenant: &str, job: &JobId, chunk: u32) -> String {
    format!("result/{tenant}/{job}/{chunk}")
}

/// Where a job's payload lies. Of an upload only the one that came first: anyone who has the URL
/// can put another there while it is valid.
pub(crate) fn locate_payload(job: &Job) -> Option<(&str, Option<&ObjectVersion>)> {
    let key = job.payload.as_deref()?;
    let is_upload = key.split('/').next() == Some(UPLOAD_PREFIX);
    Some((key, job.payload_version.as_ref().filter(|_| is_upload)))
}
