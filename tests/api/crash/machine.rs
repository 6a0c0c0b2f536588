//! The functions of jobs as processes of their own that may be killed, with queues of their own,
//! on the stack's table and bucket.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use people_host::{Emulator, FunctionSpec, Host, Poller, Source};
use people_storage::job::{Job, JobId, JobKind, JobState};
use people_testkit::TestTenant;
use reqwest::Method;
use serde_json::{Value as Json, json};

pub(crate) const POST: &str = "bulk-async-upsert";
pub(crate) const SPLIT: &str = "split-payload";
pub(crate) const APPLY: &str = "apply-chunk";
pub(crate) const DELETE: &str = "people-delete";
pub(crate) const ERASE: &str = "delete-chunk";
pub(crate) const DEAD: &str = "settle-dead-letter";
pub(crate) const ASYNC: &str = "people-async-upsert";
pub(crate) const POST_STATUS: &str = "bulk-async-status";
pub(crate) const DELETE_STATUS: &str = "people-delete-status";
pub(crate) const ASYNC_STATUS: &str = "people-async-status";

/// Each queue with the variable that names it and the function that reads it.
const QUEUES: [(&str, &str); 3] =
    [("SPLIT_QUEUE_URL", SPLIT), ("CHUNK_QUEUE_URL", APPLY), ("DELETE_QUEUE_URL", ERASE)];

/// When a message that failed comes again: later than the end of a lease, as in template.yaml.
const RETRY: Duration = Duration::from_secs(2);

/// Longer than any of these jobs takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);

pub(crate) const KINDS: [JobKind; 4] =
    [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// How the processes are to fail, and how often messages are delivered.
#[derive(Clone)]
pub(crate) struct Trouble {
    /// Where the first process of each function dies, or of one of them.
    pub(crate) first_dies_at: Option<String>,
    pub(crate) only: Option<&'static str>,
    /// Where every process of a function dies.
    pub(crate) always_dies_at: &'static [(&'static str, &'static str)],
    /// How often each message is given to its function before it is deleted.
    pub(crate) deliveries: usize,
    /// Deliveries of a message that failed, before it is a dead letter.
    pub(crate) receives: u32,
    /// Seconds for which a worker has a chunk to itself. With none the next one takes it at once.
    pub(crate) lease: u32,
}

impl Default for Trouble {
    fn default() -> Self {
        Self {
            first_dies_at: None,
            only: None,
            always_dies_at: &[],
            deliveries: 1,
            receives: 5,
            lease: 1,
        }
    }
}

/// A machine of one test.
pub(crate) struct Machine {
    pub(crate) test: TestTenant,
    trouble: Trouble,
    env: BTreeMap<String, String>,
    emulator: Emulator,
    bucket: String,
    sources: BTreeMap<&'static str, [Source; 2]>,
    hosts: BTreeMap<&'static str, Arc<Host>>,
    pollers: Vec<Poller>,
    /// Invocations that ended without an answer.
    pub(crate) deaths: Arc<AtomicUsize>,
}

impl Machine {
    /// A machine with these functions, whose queues nobody reads yet.
    pub(crate) async fn new(functions: &[&'static str], trouble: Trouble) -> Self {
        let test = TestTenant::new().await;
        let stack = &test.stack;
        let emulator = Emulator::new(stack.sqs_url.clone()).unwrap();
        let mut env: BTreeMap<String, String> = [
            ("TABLE_NAME", &*stack.table),
            ("PAYLOAD_BUCKET", &stack.bucket),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &stack.dynamodb_url),
            ("AWS_ENDPOINT_URL_S3", &stack.sqs_url),
            ("AWS_ENDPOINT_URL_SQS", &stack.sqs_url),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        env.insert("CHUNK_LEASE_SECONDS".to_owned(), trouble.lease.to_string());
        env.insert("JOB_STALL_SECONDS".to_owned(), "1".to_owned());
        let mut sources = BTreeMap::new();
        for (variable, function) in QUEUES {
            let dead = queue(&emulator, &json!({})).await;
            let policy =
                json!({ "deadLetterTargetArn": dead.arn, "maxReceiveCount": trouble.receives });
            let attributes =
                json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": "120" });
            let alive = queue(&emulator, &attributes).await;
            env.insert(variable.to_owned(), alive.url.clone());
            sources.insert(function, [alive, dead]);
        }
        let bucket = stack.bucket.clone();
        let mut machine = Self {
            test,
            trouble,
            env,
            emulator,
            bucket,
            sources,
            hosts: BTreeMap::new(),
            pollers: Vec::new(),
            deaths: Arc::default(),
        };
        for function in functions {
            machine.host(function).await;
        }
        machine
    }

    async fn host(&mut self, function: &'static str) {
        let fail_at =
            |point: &str| BTreeMap::from([("PEOPLE_FAIL_AT".to_owned(), point.to_owned())]);
        let mut env = self.env.clone();
        let always = self.trouble.always_dies_at.iter().find(|(dying, _)| *dying == function);
        env.extend(always.map(|(_, point)| fail_at(point)).unwrap_or_default());
        // With one process it is the one that dies which does the work.
        let processes = if self.trouble.first_dies_at.is_some() { 1 } else { 2 };
        let first_dies_at = self.trouble.first_dies_at.as_deref();
        let first_dies_at =
            first_dies_at.filter(|_| self.trouble.only.is_none_or(|only| only == function));
        let first_env = first_dies_at.map(fail_at).unwrap_or_default();
        let spec = FunctionSpec {
            name: function.to_owned(),
            binary: binary(function),
            env,
            first_env,
            processes,
            timeout: Duration::from_secs(60),
            log: None,
        };
        self.hosts.insert(function, Arc::new(Host::start(spec).await.unwrap()));
    }

    /// Reads the queues from now on.
    pub(crate) fn poll(&mut self) {
        for (_, function) in QUEUES {
            let [alive, dead] = self.sources[function].clone();
            if let Some(host) = self.hosts.get(function).cloned() {
                self.pollers.push(self.poller(alive, host, self.trouble.deliveries));
            }
            if let Some(host) = self.hosts.get(DEAD).cloned() {
                self.pollers.push(self.poller(dead, host, 1));
            }
        }
    }

    /// Each message is delivered several times, some of them at the same time.
    fn poller(&self, source: Source, host: Arc<Host>, deliveries: usize) -> Poller {
        let deaths = Arc::clone(&self.deaths);
        let invoke = move |event: Bytes| {
            let (host, deaths) = (Arc::clone(&host), Arc::clone(&deaths));
            async move {
                let (again, event_again) = (Arc::clone(&host), event.clone());
                let later = tokio::spawn(async move {
                    for _ in 1..deliveries {
                        _ = again.invoke(event_again.clone()).await;
                    }
                });
                let answer = host.invoke(event).await;
                _ = later.await;
                answer.map_err(|error| {
                    deaths.fetch_add(1, Ordering::Relaxed);
                    anyhow::anyhow!("{error}")
                })
            }
        };
        Poller::start(self.emulator.clone(), source, invoke, |_| {})
    }

    /// Calls a function as API Gateway does; its status and body.
    pub(crate) async fn call(
        &self,
        function: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u64, Json), String> {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
            "headers": { "accesskey": self.test.key, "content-type": "application/json" },
            "requestContext": { "http": { "method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "test" }, "requestId": "test", "stage": "$default",
                "timeEpoch": 0, "accountId": "0", "apiId": "0", "domainName": "localhost", "domainPrefix": "x",
                "routeKey": "$default", "time": "01/Jan/2026:00:00:00 +0000" },
            "body": body, "isBase64Encoded": false,
        });
        let answer = self.hosts[function].invoke(event.to_string().into()).await;
        let answer: Json =
            serde_json::from_slice(&answer.map_err(|error| error.to_string())?).unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap();
        Ok((answer["statusCode"].as_u64().unwrap(), body))
    }

    /// Ids of the tenant's jobs.
    pub(crate) async fn jobs(&self) -> Vec<JobId> {
        let prefix = format!("{}#J#", self.test.tenant.id);
        let call = self.test.stack.client().scan().table_name(&self.test.stack.table);
        let call = call.filter_expression("begins_with(pk, :jobs) AND sk = :job");
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        let call = call.expression_attribute_values(":jobs", text(&prefix));
        let pages = call.expression_attribute_values(":job", text("job")).into_paginator();
        let items = pages.items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        let id = |pk: &str| JobId::parse(pk.strip_prefix(&prefix).unwrap()).unwrap();
        items.iter().map(|item| id(item["pk"].as_s().unwrap())).collect()
    }

    /// Submits a payload; the job's id.
    pub(crate) async fn submit(&self, payload: &str) -> JobId {
        let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";
        let (status, body) = self.call(POST, "POST", path, payload).await.unwrap();
        assert_eq!(status, 200, "{body}");
        JobId::parse(body["data"]["jobId"].as_str().unwrap()).unwrap()
    }

    /// Submits ids of people to erase; the job's id.
    pub(crate) async fn delete(&self, ids: &Json) -> JobId {
        let answer =
            self.call(DELETE, "DELETE", "/v1/peoplemgmt/v1.0/people", &ids.to_string()).await;
        let (status, body) = answer.unwrap();
        assert_eq!(status, 200, "{body}");
        JobId::parse(body["data"]["deleteRequestId"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn job(&self, id: &JobId) -> Job {
        self.test.cold().job(id, &KINDS).await.unwrap().expect("the job is there")
    }

    /// Waits until a job is completed, and until nothing is left to be done for it.
    pub(crate) async fn completed(&self, id: &JobId) -> Job {
        let done = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            loop {
                ticks.tick().await;
                let job = self.job(id).await;
                if matches!(job.state, JobState::Completed { .. }) && self.left().await == 0 {
                    return job;
                }
            }
        };
        let job = tokio::time::timeout(LONG, done).await.expect("the job completes in time");
        assert!(self.test.cold().todos(&job).await.unwrap().is_empty(), "a marker is left");
        job
    }

    /// Asks after a job until it is completed; the answer's data. `status`: where it says so.
    pub(crate) async fn asked_after(&self, function: &str, path: &str, status: &str) -> Json {
        let done = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            loop {
                ticks.tick().await;
                // The first process may be one that dies.
                let Ok((code, body)) = self.call(function, "GET", path, "").await else { continue };
                assert_eq!(code, 200, "{body}");
                if body.pointer(status).is_some_and(|word| word == "COMPLETED") {
                    return body["data"].clone();
                }
            }
        };
        tokio::time::timeout(LONG, done).await.expect("the job completes in time")
    }

    /// Messages in all queues, those that are hidden too.
    async fn left(&self) -> u64 {
        let mut left = 0;
        for source in self.sources.values().flatten() {
            for state in ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] {
                left += attribute(&self.emulator, &source.url, state).await.parse::<u64>().unwrap();
            }
        }
        left
    }

    /// Takes the next event for a function from its queue, which must show one within 20 s, and
    /// leaves it to be taken again.
    pub(crate) async fn event(&self, function: &str) -> Bytes {
        let [source, _] = &self.sources[function];
        let asked =
            json!({ "QueueUrl": source.url, "WaitTimeSeconds": 20, "VisibilityTimeout": 0 });
        let answer = self.emulator.action("AmazonSQS.ReceiveMessage", &asked).await.unwrap();
        let message = &answer["Messages"][0];
        assert!(message.is_object(), "no message for {function}");
        let record = json!({ "messageId": message["MessageId"], "body": message["Body"],
            "receiptHandle": message["ReceiptHandle"], "attributes": { "ApproximateReceiveCount": "1" } });
        json!({ "Records": [record] }).to_string().into()
    }

    /// Gives an event to a function; whether it lived to handle it.
    pub(crate) async fn invoke(&self, function: &str, event: Bytes) -> bool {
        let answer = self.hosts[function].invoke(event).await;
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

    /// Tells the splitter of an upload, as the bucket does.
    pub(crate) async fn arrive(&self, key: &str, etag: &str, version: &str) {
        let object =
            json!({ "key": key, "eTag": etag.trim_matches('"'), "versionId": version, "size": 1 });
        let event = json!({ "Records": [{ "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": self.bucket }, "object": object } }] });
        let [source, _] = &self.sources[SPLIT];
        let message = json!({ "QueueUrl": source.url, "MessageBody": event.to_string() });
        self.emulator.action("AmazonSQS.SendMessage", &message).await.unwrap();
    }

    /// The rows of all chunks of a job, by their numbers.
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

    /// Ends all processes.
    pub(crate) async fn stop(mut self) {
        self.pollers.clear();
        for host in self.hosts.values() {
            host.stop().await;
        }
    }
}

/// Where `cargo xtask test` has built a function.
fn binary(function: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(|deps| deps.parent()).unwrap().join(function)
}

async fn queue(emulator: &Emulator, attributes: &Json) -> Source {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("Crash-{}-{next}", std::process::id());
    let made = json!({ "QueueName": name, "Attributes": attributes });
    let made = emulator.action("AmazonSQS.CreateQueue", &made).await.unwrap();
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    let arn = attribute(emulator, &url, "QueueArn").await;
    Source { name, url, arn, batch: 1, concurrency: 2, retry: Some(RETRY) }
}

async fn attribute(emulator: &Emulator, url: &str, name: &str) -> String {
    let asked = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = emulator.action("AmazonSQS.GetQueueAttributes", &asked).await.unwrap();
    answer["Attributes"][name].as_str().unwrap().to_owned()
}
