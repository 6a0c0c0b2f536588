//! The bucket of payloads, plans and results.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectVersion as S3ObjectVersion;
use bytes::Bytes;
use people_storage::jobs::{ObjectVersion, UploadedObject};
use people_storage::{CallLog, Result, StoreError};

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(crate) s3: Client,
    pub(crate) name: Arc<str>,
}

/// An object that is being read.
#[derive(Debug)]
pub(crate) struct BucketObject {
    /// Its size in bytes.
    pub(crate) size: usize,
    /// Its bytes, piece by piece.
    pub(crate) body: ByteStream,
}

/// Which object was put first under a key.
#[derive(Debug)]
pub(crate) enum FirstUpload {
    /// Nothing was put.
    None,
    /// This one.
    Known(UploadedObject),
    /// More were put than one page of versions lists (1,000).
    Unknown,
}

/// One try may take this long, the body of a download apart.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// All tries of one call may.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

impl Bucket {
    pub(crate) fn connect(shared: &SdkConfig, name: &str) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut own = Builder::from(shared)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            // A presigned URL is for clients that send no checksum of the SDK's own.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            // Emulators have no host name for each bucket.
            .force_path_style(std::env::var_os("AWS_ENDPOINT_URL_S3").is_some());
        if let Some(log) = CallLog::from_env() {
            own.push_interceptor(log);
        }
        Self { s3: Client::from_conf(own.build()), name: name.into() }
    }

    /// Puts an object, whatever is there.
    pub(crate) async fn put_object(&self, key: &str, bytes: Bytes) -> Result<()> {
        let call = self.s3.put_object().bucket(&*self.name).key(key).body(bytes.into());
        call.send().await?;
        Ok(())
    }

    /// Opens an object, with `pin` only that one; none when it is not there.
    pub(crate) async fn open_object(
        &self,
        key: &str,
        pin: Option<&ObjectVersion>,
    ) -> Result<Option<BucketObject>> {
        let Some(output) = self.get_object(key, pin, None).await? else { return Ok(None) };
        let size = output.content_length().and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| StoreError::Unexpected(format!("{key} has no size")))?;
        Ok(Some(BucketObject { size, body: output.body }))
    }

    /// The bytes of an object, all or a range of them. An object that is not there is an error:
    /// what is asked for by a job was put before.
    pub(crate) async fn read_object(
        &self,
        key: &str,
        pin: Option<&ObjectVersion>,
        range: Option<Range<u64>>,
    ) -> Result<Bytes> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(Bytes::new());
        }
        let output = self.get_object(key, pin, range.clone()).await?;
        let output = output.ok_or_else(|| StoreError::Unexpected(format!("{key} is gone")))?;
        let is_part = output.content_range.is_some();
        let bytes = collect_body(output.body).await?;
        let within = match range {
            None => return Ok(bytes),
            Some(range) if is_part => 0..range.end - range.start,
            // A server need not know ranges, and a local one knows none of an older version.
            Some(range) => range,
        };
        slice_range(&bytes, within)
            .ok_or_else(|| StoreError::Unexpected(format!("{key} is shorter than its plan")))
    }

    /// The first of the objects that were put under a key, from one page of its versions: whoever has
    /// an upload URL may put any number of them.
    pub(crate) async fn find_first_upload(&self, key: &str) -> Result<FirstUpload> {
        // Only this key begins so: it ends in an id.
        let call = self.s3.list_object_versions().bucket(&*self.name).prefix(key);
        let answer = call.send().await?;
        if answer.is_truncated.unwrap_or_default() {
            return Ok(FirstUpload::Unknown);
        }
        // The latest comes first.
        let oldest = answer.versions.unwrap_or_default().pop();
        match oldest.and_then(to_upload) {
            Some(first) => Ok(FirstUpload::Known(first)),
            None => Ok(self
                .find_unversioned_upload(key)
                .await?
                .map_or(FirstUpload::None, FirstUpload::Known)),
        }
    }

    /// The object under a key of a bucket that keeps no versions.
    async fn find_unversioned_upload(&self, key: &str) -> Result<Option<UploadedObject>> {
        let Some(head) = self.head_object(key).await? else { return Ok(None) };
        let upload = head.e_tag.zip(head.last_modified).map(|(etag, put)| UploadedObject {
            object_version: ObjectVersion {
                etag: etag.trim_matches('"').to_owned(),
                version: None,
            },
            uploaded_at: put.secs().saturating_mul(1_000),
        });
        upload.map(Some).ok_or_else(|| StoreError::Unexpected(format!("{key} has no ETag")))
    }

    async fn head_object(&self, key: &str) -> Result<Option<HeadObjectOutput>> {
        match self.s3.head_object().bucket(&*self.name).key(key).send().await {
            Ok(head) => Ok(Some(head)),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A URL to which anyone may put the object for so long.
    pub(crate) async fn presign_put(&self, key: &str, expiry: Duration) -> Result<String> {
        let call = self.s3.put_object().bucket(&*self.name).key(key);
        Ok(call.presigned(presigning_config(expiry)?).await?.uri().to_owned())
    }

    /// A URL from which anyone may get the object for so long.
    pub(crate) async fn presign_get(&self, key: &str, expiry: Duration) -> Result<String> {
        let call = self.s3.get_object().bucket(&*self.name).key(key);
        let call = call.response_content_type("application/json");
        Ok(call.presigned(presigning_config(expiry)?).await?.uri().to_owned())
    }

    async fn get_object(
        &self,
        key: &str,
        pin: Option<&ObjectVersion>,
        range: Option<Range<u64>>,
    ) -> Result<Option<GetObjectOutput>> {
        let call = self.s3.get_object().bucket(&*self.name).key(key);
        let call =
            call.set_range(range.map(|range| format!("bytes={}-{}", range.start, range.end - 1)));
        let latest = call.clone().set_if_match(pin.map(|pin| format!("\"{}\"", pin.etag)));
        let answer = match (latest.send().await, pin.and_then(|pin| pin.version.as_ref())) {
            // Another was put over it, or it has expired: the pinned one is an older version by now.
            (Err(error), Some(version))
                if is_precondition_failed(&error) || is_not_found(&error) =>
            {
                call.version_id(version).send().await
            }
            (answer, _) => answer,
        };
        match answer {
            Ok(output) => Ok(Some(output)),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// None of an object without versions: S3 calls its only one `null`.
fn to_upload(version: S3ObjectVersion) -> Option<UploadedObject> {
    let id = version.version_id.filter(|id| id != "null")?;
    let put = version.last_modified?.secs().saturating_mul(1_000);
    let etag = version.e_tag?.trim_matches('"').to_owned();
    Some(UploadedObject {
        object_version: ObjectVersion { etag, version: Some(id) },
        uploaded_at: put,
    })
}

/// All of a body.
pub(crate) async fn collect_body(body: ByteStream) -> Result<Bytes> {
    Ok(body.collect().await.map_err(|_| truncated_body())?.into_bytes())
}

/// A body that ended in the middle: the next delivery reads it again.
pub(crate) fn truncated_body() -> StoreError {
    StoreError::Unavailable("an object's body broke off".to_owned())
}

fn slice_range(bytes: &Bytes, range: Range<u64>) -> Option<Bytes> {
    let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
    bytes.get(start..end)?;
    Some(bytes.slice(start..end))
}

fn is_precondition_failed(error: &SdkError<GetObjectError>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code == Some("PreconditionFailed")
}

fn is_not_found(error: &SdkError<GetObjectError>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    matches!(code, Some("NoSuchKey" | "NoSuchVersion"))
}

fn presigning_config(expiry: Duration) -> Result<PresigningConfig> {
    PresigningConfig::expires_in(expiry)
        .map_err(|_| StoreError::Unexpected("a URL can't be valid for so long".to_owned()))
}
