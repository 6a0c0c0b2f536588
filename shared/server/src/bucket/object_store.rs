//! The objects of the bucket, with the parts of S3 that s3s-fs lacks: conditions of reads, versions,
//! and events of new objects.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use jiff::Timestamp;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, ETag, ETagCondition, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectVersionsInput, ListObjectVersionsOutput,
    PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use serde_json::json;

use crate::queues::EmbeddedQueues;

/// Which new objects the bucket announces, and in which queue.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    /// The beginning of their keys.
    pub(crate) prefix: String,
    pub(crate) queue_url: String,
    pub(crate) queues: EmbeddedQueues,
}

/// The objects. A key that is announced keeps the first object that is put: without versions, a
/// later one would replace the payload of a job that reads it.
pub(super) struct ObjectStore {
    files: FileSystem,
    notification: Notification,
    /// The announced keys to which an object is being put.
    in_progress: Mutex<HashSet<String>>,
    /// The keys whose objects this process has announced.
    announced: Mutex<HashSet<String>>,
}

/// The only put of a key that is in progress, until it is dropped.
struct PutInProgress<'s> {
    store: &'s ObjectStore,
    key: String,
}

impl ObjectStore {
    pub(super) fn new(files: FileSystem, notification: Notification) -> Self {
        Self { files, notification, in_progress: Mutex::default(), announced: Mutex::default() }
    }

    /// `None` while another object is put to the key.
    fn begin_put(&self, key: &str) -> Option<PutInProgress<'_>> {
        let mut keys = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| PutInProgress { store: self, key: key.to_owned() })
    }

    /// Puts an object, unless the key has one, and announces it. The one that the key has is
    /// announced too if that failed: the connection may have ended between the two.
    async fn put_first_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let Some(_put) = self.begin_put(&key) else {
            return Err(s3_error!(OperationAborted, "Another upload to this URL is in progress"));
        };
        let head = HeadObjectInput { bucket, key: key.clone(), ..HeadObjectInput::default() };
        let head = empty_request(&request).map_input(|()| head);
        let response = match self.files.head_object(head).await {
            Ok(first) => {
                read_to_end(request).await?;
                let e_tag = first.output.e_tag;
                S3Response::new(PutObjectOutput { e_tag, ..PutObjectOutput::default() })
            }
            Err(error) if *error.code() == S3ErrorCode::NoSuchKey => {
                self.put_whole_object(request).await?
            }
            Err(error) => return Err(error),
        };
        let is_new = !self.lock_announced().contains(&key);
        if is_new {
            self.announce(&key, response.output.e_tag.as_ref())?;
            self.lock_announced().insert(key);
        }
        Ok(response)
    }

    /// Puts an object, or none: s3s-fs compares checksums when the object is there already.
    async fn put_whole_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let delete = DeleteObjectInput { bucket, key, ..DeleteObjectInput::default() };
        let delete = empty_request(&request).map_input(|()| delete);
        match self.files.put_object(request).await {
            Ok(response) => Ok(response),
            Err(error) => {
                self.files.delete_object(delete).await?;
                Err(error)
            }
        }
    }

    fn lock_announced(&self) -> MutexGuard<'_, HashSet<String>> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the event of a new object, as S3 does.
    fn announce(&self, key: &str, etag: Option<&ETag>) -> S3Result<()> {
        let Notification { queue_url, queues, .. } = &self.notification;
        let event = json!({ "Records": [{
            "eventName": "ObjectCreated:Put",
            "eventSource": "aws:s3",
            "eventTime": Timestamp::now().to_string(),
            "s3": { "object": { "key": key, "eTag": etag.map(ETag::value) } },
        }] });
        queues
            .send_message(queue_url, event.to_string())
            .map_err(|error| s3_error!(InternalError, "no event is sent: {error}"))
    }
}

impl Drop for PutInProgress<'_> {
    fn drop(&mut self) {
        let mut keys = self.store.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

/// A request without input, by the same caller.
fn empty_request<T>(request: &S3Request<T>) -> S3Request<()> {
    S3Request {
        input: (),
        method: request.method.clone(),
        uri: request.uri.clone(),
        headers: http::HeaderMap::new(),
        extensions: http::Extensions::new(),
        credentials: request.credentials.clone(),
        region: request.region.clone(),
        service: request.service.clone(),
        trailing_headers: None,
    }
}

/// Ends the body of a range where the range ends: s3s-fs reads its file on to the end.
fn end_at_length(output: GetObjectOutput) -> GetObjectOutput {
    let left = output.content_length.unwrap_or_default();
    let body = output.body.map(|body| {
        let parts = stream::unfold((body, left), |(mut body, left)| async move {
            let part = if left > 0 { body.next().await? } else { return None };
            let length = part.as_ref().map_or(left, |part| part.len() as i64);
            Some((part.map_err(std::io::Error::other), (body, left - length)))
        });
        // A body is polled again after its end.
        StreamingBlob::wrap(parts.fuse())
    });
    GetObjectOutput { body, ..output }
}

/// Reads the body of a put that changes nothing, since many clients send it whole before they read
/// the response.
async fn read_to_end(request: S3Request<PutObjectInput>) -> S3Result<()> {
    let Some(body) = request.input.body else { return Ok(()) };
    let mut body = s3s::Body::from(body);
    while let Some(frame) = body.frame().await {
        frame.map_err(|_| s3_error!(IncompleteBody))?;
    }
    Ok(())
}

/// The methods of S3 that the service and its tests use. Any other is refused as not implemented.
#[async_trait]
impl S3 for ObjectStore {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        if request.input.key.starts_with(&self.notification.prefix) {
            self.put_first_object(request).await
        } else {
            self.files.put_object(request).await
        }
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let condition = request.input.if_match.clone();
        let response = self.files.get_object(request).await?;
        match (&condition, &response.output.e_tag) {
            (Some(ETagCondition::ETag(wanted)), Some(found)) if !found.strong_cmp(wanted) => {
                Err(s3_error!(PreconditionFailed))
            }
            _ => Ok(response.map_output(end_at_length)),
        }
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.files.head_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.files.delete_object(request).await
    }

    /// The bucket keeps no versions.
    async fn list_object_versions(
        &self,
        _: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        Ok(S3Response::new(ListObjectVersionsOutput::default()))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.files.create_multipart_upload(request).await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.files.upload_part(request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.files.complete_multipart_upload(request).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.files.abort_multipart_upload(request).await
    }
}
