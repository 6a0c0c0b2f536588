//! An object is written as its bytes arrive: a few MB are in memory, never all.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use crate::bucket::{Bucket, BucketResult};
use crate::error::ServiceError;

/// S3 accepts no part below 5 MB but the last.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// A write in progress. If it is dropped, its parts stay until a rule of the bucket removes them.
pub(crate) struct MultipartWriter<'b> {
    bucket: &'b Bucket,
    key: &'b str,
    upload_id: Option<String>,
    parts: Vec<CompletedPart>,
    buffer: Vec<u8>,
}

impl<'b> MultipartWriter<'b> {
    pub(crate) fn new(bucket: &'b Bucket, key: &'b str) -> Self {
        Self { bucket, key, upload_id: None, parts: Vec::new(), buffer: Vec::new() }
    }

    /// Adds the next bytes.
    pub(crate) async fn write_bytes(&mut self, bytes: &[u8]) -> BucketResult<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < PART_BYTES {
            return Ok(());
        }
        self.send_part().await
    }

    /// Writes the rest; then the object exists.
    pub(crate) async fn finish(mut self) -> BucketResult<()> {
        if self.upload_id.is_none() {
            return self.bucket.put_object(self.key, self.buffer.into()).await;
        }
        if !self.buffer.is_empty() {
            self.send_part().await?;
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(self.parts)).build();
        let call = self.bucket.s3.complete_multipart_upload().bucket(&*self.bucket.name);
        call.key(self.key).set_upload_id(self.upload_id).multipart_upload(parts).send().await?;
        Ok(())
    }

    /// Discards the parts that were written.
    pub(crate) async fn abort(self) {
        if let Some(upload) = self.upload_id {
            let call = self.bucket.s3.abort_multipart_upload().bucket(&*self.bucket.name);
            // If this fails, a rule of the bucket removes the parts.
            _ = call.key(self.key).upload_id(upload).send().await;
        }
    }

    async fn send_part(&mut self) -> BucketResult<()> {
        let upload = self.ensure_upload_id().await?;
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        let call = self.bucket.s3.upload_part().bucket(&*self.bucket.name).key(self.key);
        let call = call.upload_id(upload).part_number(number).body(bytes.into());
        let etag = call.send().await?.e_tag;
        self.parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
        Ok(())
    }

    async fn ensure_upload_id(&mut self) -> BucketResult<String> {
        if let Some(upload) = &self.upload_id {
            return Ok(upload.clone());
        }
        let call = self.bucket.s3.create_multipart_upload().bucket(&*self.bucket.name);
        let upload = call.key(self.key).send().await?.upload_id;
        let upload = upload.ok_or_else(|| ServiceError::refused("the upload has no id"))?;
        Ok(self.upload_id.insert(upload).clone())
    }
}
