//! The bucket as the service uses it, through the client of the SDK.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectError;

use super::*;
use crate::connections::build_sdk_config;
use crate::queues::EmbeddedQueues;

const BUCKET: &str = "bucket";

const UPLOAD: &str = "upload/acme/job";

/// A bucket in a temporary folder; uploads are announced in a queue that exists.
struct TestBucket {
    client: Client,
    _folder: ObjectFolder,
}

impl TestBucket {
    async fn open() -> Self {
        let folder = ObjectFolder::open(None).unwrap();
        let credentials = BucketCredentials { id: "id".to_owned(), secret: "secret".to_owned() };
        let queues = EmbeddedQueues::new("http://127.0.0.1:1");
        let body = br#"{"QueueName":"uploads"}"#;
        assert_eq!(queues.run_operation("CreateQueue", body).await.status, 200);
        let queue_url = "http://127.0.0.1:1/000000000000/uploads".to_owned();
        let notification = Notification { prefix: "upload/".to_owned(), queue_url, queues };
        let bucket = EmbeddedBucket::open(&folder, BUCKET, &credentials, notification).unwrap();
        let config = build_sdk_config(&credentials, "http://127.0.0.1:1", bucket);
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self { client: Client::from_conf(config), _folder: folder }
    }

    async fn put(&self, key: &str, body: &'static [u8]) -> String {
        let put = self.client.put_object().bucket(BUCKET).key(key).body(body.to_vec().into());
        put.send().await.unwrap().e_tag.unwrap()
    }

    async fn get(
        &self,
        key: &str,
        range: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Vec<u8>, GetObjectError> {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        let get = get.set_range(range.map(str::to_owned)).set_if_match(etag.map(str::to_owned));
        let output = get.send().await.map_err(aws_sdk_s3::error::SdkError::into_service_error)?;
        Ok(output.body.collect().await.unwrap().to_vec())
    }
}

#[tokio::test]
async fn a_range_and_a_condition_are_kept() {
    let bucket = TestBucket::open().await;
    let etag = bucket.put("payload/acme/job", b"0123456789").await;
    let get = |range, etag| bucket.get("payload/acme/job", range, etag);
    assert_eq!(get(None, Some(&etag)).await.unwrap(), b"0123456789");
    assert_eq!(get(Some("bytes=2-4"), Some(&etag)).await.unwrap(), b"234");
    let refused = get(Some("bytes=2-4"), Some("\"0\"")).await.unwrap_err();
    assert_eq!(refused.code(), Some("PreconditionFailed"));
    assert!(bucket.get("payload/acme/none", None, None).await.unwrap_err().is_no_such_key());
    // Another object may replace it, as on S3.
    bucket.put("payload/acme/job", b"new").await;
    assert_eq!(get(None, None).await.unwrap(), b"new");
}

#[tokio::test]
async fn an_upload_stays_as_it_was_put_first() {
    let bucket = TestBucket::open().await;
    let first = bucket.put(UPLOAD, b"first").await;
    assert_eq!(bucket.put(UPLOAD, b"second").await, first, "it is answered and dropped");
    assert_eq!(bucket.get(UPLOAD, None, Some(&first)).await.unwrap(), b"first");
}

/// An upload that arrived damaged leaves nothing, so that it can be sent again.
#[tokio::test]
async fn a_damaged_upload_leaves_nothing() {
    let bucket = TestBucket::open().await;
    let put =
        bucket.client.put_object().bucket(BUCKET).key(UPLOAD).body(b"damaged".to_vec().into());
    // The checksum of nothing.
    let refused = put.content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await;
    assert!(refused.is_err());
    assert!(bucket.get(UPLOAD, None, None).await.unwrap_err().is_no_such_key());
    bucket.put(UPLOAD, b"whole").await;
    assert_eq!(bucket.get(UPLOAD, None, None).await.unwrap(), b"whole");
}
