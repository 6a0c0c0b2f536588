//! Calls of a test to its harness: requests, jobs and their rows, messages and objects.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use people_lambda_emulator::{EventSourceMapping, Invoke};
use people_storage::jobs::{Job, JobId, JobKind, JobState};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;

/// Longer than any of these jobs takes on a busy computer.
const COMPLETION_TIMEOUT: Duration = Duration::from_secs(120);

const KINDS: [JobKind; 4] = [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// A body as API Gateway passes it on.
pub(crate) enum Body {
    Text(String),
    /// Gzip, in base64.
    #[allow(dead_code, reason = "long tests alone send it")]
    Gzip(String),
}

impl JobHarness {
    /// Calls a function like API Gateway does and returns status and body.
    pub(crate) async fn call(
        &self,
        function: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u64, Json), String> {
        self.call_with(function, method, path, &Body::Text(body.to_owned())).await
    }

    /// Calls a function with a body that may be compressed.
    pub(crate) async fn call_with(
        &self,
        function: &str,
        method: &str,
        path: &str,
        body: &Body,
    ) -> Result<(u64, Json), String> {
        let (body, is_packed) = match body {
            Body::Text(text) => (text, false),
            Body::Gzip(text) => (text, true),
        };
        let encoding = if is_packed { "gzip" } else { "identity" };
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
            "headers": { "accesskey": self.test.key, "x-aptrinsic-api-key": self.test.key, "content-type": "application/json", "content-encoding": encoding },
            "requestContext": { "http": { "method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "test" }, "requestId": "test", "stage": "$default",
                "timeEpoch": 0, "accountId": "0", "apiId": "0", "domainName": "localhost", "domainPrefix": "x",
                "routeKey": "$default", "time": "01/Jan/2026:00:00:00 +0000" },
            "body": body, "isBase64Encoded": is_packed,
        });
        let answer = self.pools[function].invoke(event.to_string().into()).await;
        let answer: Json =
            serde_json::from_slice(&answer.map_err(|error| error.to_string())?).unwrap();
        let body = answer["body"].as_str().filter(|body| !body.is_empty()).unwrap_or("null");
        let body = serde_json::from_str(body).unwrap();
        Ok((answer["statusCode"].as_u64().unwrap(), body))
    }

    /// Lists the tenant's jobs by their payloads in the bucket: a scan of the table would take as
    /// long as all other tests together.
    pub(crate) async fn jobs(&self) -> Vec<JobId> {
        let prefix = format!("payload/{}/", self.test.tenant.id);
        let path = format!("/{}?list-type=2&prefix={prefix}", self.bucket);
        let answer = self.emulator.request(Method::GET, &path).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let key = format!("<Key>{prefix}");
        let keys = text.split(&key).skip(1);
        keys.map(|rest| JobId::parse(rest.split('<').next().unwrap()).unwrap()).collect()
    }

    /// Submits a payload and returns the job's id.
    pub(crate) async fn submit(&self, payload: &str) -> JobId {
        let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";
        let (status, body) = self.call(POST, "POST", path, payload).await.unwrap();
        assert_eq!(status, 200, "{body}");
        JobId::parse(body["data"]["jobId"].as_str().unwrap()).unwrap()
    }

    /// Submits GSIDs of people to erase and returns the job's id.
    pub(crate) async fn delete(&self, ids: &Json) -> JobId {
        let answer =
            self.call(DELETE, "DELETE", "/v1/peoplemgmt/v1.0/people", &ids.to_string()).await;
        let (status, body) = answer.unwrap();
        assert_eq!(status, 200, "{body}");
        JobId::parse(body["data"]["deleteRequestId"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn job(&self, id: &JobId) -> Job {
        self.test.uncached_store().read_job(id, &KINDS).await.unwrap().expect("the job is there")
    }

    /// Waits until a job is completed and all queues are empty.
    pub(crate) async fn wait_until_completed(&self, id: &JobId) -> Job {
        let done = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            loop {
                ticks.tick().await;
                let job = self.job(id).await;
                if matches!(job.state, JobState::Completed { .. })
                    && self.count_messages().await == 0
                {
                    return job;
                }
            }
        };
        let job = tokio::time::timeout(COMPLETION_TIMEOUT, done)
            .await
            .expect("the job completes in time");
        assert!(
            self.test.uncached_store().list_pending_chunks(&job).await.unwrap().is_empty(),
            "a marker is left"
        );
        job
    }

    /// Polls a job's status until it is completed and returns the response's data; `status` is the
    /// pointer to the state.
    pub(crate) async fn poll_until_completed(
        &self,
        function: &str,
        path: &str,
        status: &str,
    ) -> Json {
        let done = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            loop {
                ticks.tick().await;
                // The first process may be the one that dies.
                let Ok((code, body)) = self.call(function, "GET", path, "").await else { continue };
                assert_eq!(code, 200, "{body}");
                if body.pointer(status).is_some_and(|word| word == "COMPLETED") {
                    return body["data"].clone();
                }
            }
        };
        tokio::time::timeout(COMPLETION_TIMEOUT, done).await.expect("the job completes in time")
    }

    /// Counts the messages in all queues, including hidden ones.
    async fn count_messages(&self) -> u64 {
        let mut left = 0;
        for function in self.sources.keys() {
            left += self.count_messages_of(function).await;
        }
        left
    }

    /// Counts the messages in the queues of a function, including hidden ones.
    pub(crate) async fn count_messages_of(&self, function: &str) -> u64 {
        let mut left = 0;
        for source in self.sources.get(function).into_iter().flatten() {
            for state in ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] {
                left += read_queue_attribute(&self.emulator, &source.url, state)
                    .await
                    .parse::<u64>()
                    .unwrap();
            }
        }
        left
    }

    /// The upload event that the bucket would send.
    pub(crate) fn upload_event(&self, key: &str, etag: &str, version: Option<String>) -> String {
        let object =
            json!({ "key": key, "eTag": etag.trim_matches('"'), "versionId": version, "size": 1 });
        let event = json!({ "Records": [{ "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": self.bucket }, "object": object } }] });
        event.to_string()
    }

    /// Sends a message to a queue.
    pub(crate) async fn send(&self, queue: &str, body: &str) {
        let [main_queue, _] = &self.sources[queue];
        self.send_to(main_queue, body).await;
    }

    /// Sends a message to the dead-letter queue of a queue.
    pub(crate) async fn send_dead(&self, queue: &str, body: &str) {
        let [_, dead_letter_queue] = &self.sources[queue];
        self.send_to(dead_letter_queue, body).await;
    }

    async fn send_to(&self, source: &EventSourceMapping, body: &str) {
        let message = json!({ "QueueUrl": source.url, "MessageBody": body });
        self.emulator.call_action("AmazonSQS.SendMessage", &message).await.unwrap();
    }

    /// Deletes all messages of a queue.
    pub(crate) async fn purge(&self, queue: &str) {
        let [source, _] = &self.sources[queue];
        let asked = json!({ "QueueUrl": source.url });
        self.emulator.call_action("AmazonSQS.PurgeQueue", &asked).await.unwrap();
    }

    /// Receives the next event of a queue, which must arrive within 20 s, and leaves it visible.
    pub(crate) async fn peek_event(&self, queue: &str) -> Bytes {
        let [source, _] = &self.sources[queue];
        let asked = json!({ "QueueUrl": source.url, "WaitTimeSeconds": 20, "VisibilityTimeout": 0,
                "MessageSystemAttributeNames": ["MessageGroupId"] });
        let answer = self.emulator.call_action("AmazonSQS.ReceiveMessage", &asked).await.unwrap();
        let message = &answer["Messages"][0];
        assert!(message.is_object(), "no message in {queue}");
        let record = json!({ "messageId": message["MessageId"], "body": message["Body"],
            "receiptHandle": message["ReceiptHandle"], "eventSourceARN": source.arn,
            "attributes": { "ApproximateReceiveCount": "1", "MessageGroupId": message["Attributes"]["MessageGroupId"] } });
        json!({ "Records": [record] }).to_string().into()
    }

    /// Invokes a function with an event and returns whether it handled the event.
    pub(crate) async fn invoke(&self, function: &str, event: Bytes) -> bool {
        let answer = self.pools[function].invoke(event).await;
        answer.is_ok_and(|answer| {
            let answer: Json = serde_json::from_slice(&answer).unwrap();
            answer["batchItemFailures"] == json!([])
        })
    }

    pub(crate) async fn object(
        &self,
        method: Method,
        key: &str,
        bytes: &[u8],
    ) -> reqwest::Response {
        let path = format!("/{}/{key}", self.bucket);
        self.emulator.request(method, &path).body(bytes.to_vec()).send().await.unwrap()
    }

    /// Reads the result rows of all chunks of a job, by row number.
    pub(crate) async fn rows(&self, job: &Job) -> BTreeMap<u64, Json> {
        let mut rows = BTreeMap::new();
        for chunk in 1..=job.chunks().unwrap() {
            let key = format!("result/{}/{}/{chunk}", self.test.tenant.id, job.id);
            let document: Json = self.object(Method::GET, &key, &[]).await.json().await.unwrap();
            for row in document["records"].as_array().unwrap() {
                let number = row["rowNumber"].as_u64().unwrap();
                assert!(
                    rows.insert(number, row.clone()).is_none(),
                    "row {number} is in two chunks"
                );
            }
        }
        rows
    }
}
