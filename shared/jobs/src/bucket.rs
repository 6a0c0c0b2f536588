//! Calls of the bucket that holds payloads, plans and results.

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
use people_storage::CallLog;
use people_storage::jobs::{ObjectVersion, UploadedObject};

use crate::error::ServiceError;

pub(crate) type BucketResult<T> = Result<T, ServiceError>;

/// The client of one bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(crate) s3: Client,
    pub(crate) name: Arc<str>,
}

/// An object whose bytes are being read.
#[derive(Debug)]
pub(crate) struct BucketObject {
    /// In bytes.
    pub(crate) size: usize,
    pub(crate) body: ByteStream,
}

/// The object that was put first under a key.
#[derive(Debug)]
pub(crate) enum FirstUpload {
    /// Nothing was put.
    None,
    Known(UploadedObject),
    /// More objects were put than one page of versions lists (1,000).
    Unknown,
}

/// The longest that one attempt may take, without the body of a download.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest that all attempts of one call may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

impl Bucket {
    pub(crate) fn connect(shared: &SdkConfig, name: &str) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        // Emulators have no host name for each bucket.
        let is_emulated =
            shared.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let mut own = Builder::from(shared)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            // Clients of a presigned URL do not send the SDK's own checksum.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .force_path_style(is_emulated);
        if let Some(log) = CallLog::from_env() {
            own.push_interceptor(log);
        }
        Self { s3: Client::from_conf(own.build()), name: name.into() }
    }

    /// Puts an object over any that exists.
    pub(crate) async fn put_object(&self, key: &str, bytes: Bytes) -> BucketResult<()> {
        self.s3.put_object().bucket(&*self.name).key(key).body(bytes.into()).send().await?;
        Ok(())
    }

    /// Opens an object, if it exists; with a version only that one.
    pub(crate) async fn open_object(
        &self,
        key: &str,
        version: Option<&ObjectVersion>,
    ) -> BucketResult<Option<BucketObject>> {
        let Some(output) = self.get_object(key, version, None).await? else { return Ok(None) };
        let size = output.content_length().and_then(|size| usize::try_from(size).ok());
        let size =
            size.ok_or_else(|| ServiceError::refused(format!("object {key} has no size")))?;
        Ok(Some(BucketObject { size, body: output.body }))
    }

    /// Reads all bytes of an object, or a range of them. A missing object is an error: a job only
    /// reads what was put before.
    pub(crate) async fn read_object(
        &self,
        key: &str,
        version: Option<&ObjectVersion>,
        range: Option<Range<u64>>,
    ) -> BucketResult<Bytes> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(Bytes::new());
        }
        let output = self.get_object(key, version, range.clone()).await?;
        let output =
            output.ok_or_else(|| ServiceError::refused(format!("object {key} is missing")))?;
        let is_part = output.content_range.is_some();
        let bytes = collect_body(output.body).await?;
        let within = match range {
            None => return Ok(bytes),
            Some(range) if is_part => 0..range.end - range.start,
            // Not every server supports ranges, and local ones not for older versions.
            Some(range) => range,
        };
        slice_range(&bytes, within)
            .ok_or_else(|| ServiceError::refused(format!("object {key} is shorter than planned")))
    }

    /// Reads all bytes of an object, if it exists.
    pub(crate) async fn read_optional_object(
        &self,
        key: &str,
        version: Option<&ObjectVersion>,
    ) -> BucketResult<Option<Bytes>> {
        match self.open_object(key, version).await? {
            Some(object) => collect_body(object.body).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads a range of an object, if it exists.
    pub(crate) async fn read_optional_range(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> BucketResult<Option<Bytes>> {
        match self.get_object(key, None, Some(range)).await? {
            Some(output) => collect_body(output.body).await.map(Some),
            None => Ok(None),
        }
    }

    /// Finds the first of the objects that were put under a key, in one page of its versions: the
    /// holder of an upload URL may put any number of them.
    pub(crate) async fn find_first_upload(&self, key: &str) -> BucketResult<FirstUpload> {
        // Only this key has the prefix: it ends in an id.
        let page = self.s3.list_object_versions().bucket(&*self.name).prefix(key).send().await?;
        if page.is_truncated.unwrap_or_default() {
            return Ok(FirstUpload::Unknown);
        }
        // The page lists the latest first.
        let oldest = page.versions.unwrap_or_default().pop().and_then(to_upload);
        let first = match oldest {
            Some(first) => Some(first),
            None => self.find_unversioned_upload(key).await?,
        };
        Ok(first.map_or(FirstUpload::None, FirstUpload::Known))
    }

    /// Finds the object under a key of a bucket without versioning.
    async fn find_unversioned_upload(&self, key: &str) -> BucketResult<Option<UploadedObject>> {
        let Some(head) = self.head_object(key).await? else { return Ok(None) };
        let upload = head.e_tag.zip(head.last_modified).map(|(etag, put)| UploadedObject {
            object_version: ObjectVersion {
                etag: etag.trim_matches('"').to_owned(),
                version: None,
            },
            uploaded_at: put.secs().saturating_mul(1_000),
        });
        upload.map(Some).ok_or_else(|| ServiceError::refused(format!("object {key} has no ETag")))
    }

    async fn head_object(&self, key: &str) -> BucketResult<Option<HeadObjectOutput>> {
        match self.s3.head_object().bucket(&*self.name).key(key).send().await {
            Ok(head) => Ok(Some(head)),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a URL to which anyone may put the object until it expires.
    pub(crate) async fn presign_put(&self, key: &str, expiry: Duration) -> BucketResult<String> {
        let call = self.s3.put_object().bucket(&*self.name).key(key);
        Ok(call.presigned(presigning_config(expiry)?).await?.uri().to_owned())
    }

    /// Makes a URL from which anyone may get the object until it expires.
    pub(crate) async fn presign_get(&self, key: &str, expiry: Duration) -> BucketResult<String> {
        let call = self.s3.get_object().bucket(&*self.name).key(key);
        let call = call.response_content_type("application/json");
        Ok(call.presigned(presigning_config(expiry)?).await?.uri().to_owned())
    }

    async fn get_object(
        &self,
        key: &str,
        version: Option<&ObjectVersion>,
        range: Option<Range<u64>>,
    ) -> BucketResult<Option<GetObjectOutput>> {
        let range = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        let call = self.s3.get_object().bucket(&*self.name).key(key).set_range(range);
        let etag = version.map(|version| format!("\"{}\"", version.etag));
        let latest = call.clone().set_if_match(etag).send().await;
        let output = match (latest, version.and_then(|version| version.version.as_ref())) {
            // Another object was put over the wanted one, or that has expired: it is an older
            // version.
            (Err(error), Some(version))
                if is_precondition_failed(&error) || is_not_found(&error) =>
            {
                call.version_id(version).send().await
            }
            (output, _) => output,
        };
        match output {
            Ok(output) => Ok(Some(output)),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns `None` for an object without versioning: S3 calls its only version `null`.
fn to_upload(version: S3ObjectVersion) -> Option<UploadedObject> {
    let id = version.version_id.filter(|id| id != "null")?;
    let put = version.last_modified?.secs().saturating_mul(1_000);
    let etag = version.e_tag?.trim_matches('"').to_owned();
    Some(UploadedObject {
        object_version: ObjectVersion { etag, version: Some(id) },
        uploaded_at: put,
    })
}

/// Reads a body to its end.
pub(crate) async fn collect_body(body: ByteStream) -> BucketResult<Bytes> {
    Ok(body.collect().await.map_err(|_| truncated_body())?.into_bytes())
}

/// A body that ended too early: the next delivery reads it again.
pub(crate) fn truncated_body() -> ServiceError {
    ServiceError::unavailable("the body of an object ended too early")
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

fn presigning_config(expiry: Duration) -> BucketResult<PresigningConfig> {
    PresigningConfig::expires_in(expiry)
        .map_err(|error| ServiceError::refused(format!("no URL can be presigned: {error}")))
}
