//! Runs the functions of jobs as killable processes with their own queues, on the stack's table and
//! bucket.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use people_lambda_emulator::{
    AwsEndpoint, EventSourceMapping, FunctionPool, FunctionSpec, Invoke, LAMBDA_PAYLOAD_BYTES_MAX,
    Poller, TraceProxy,
};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

pub(crate) const POST: &str = "bulk-async-upsert";
pub(crate) const ACCEPT: &str = "accept-upload";
pub(crate) const SPLIT: &str = "split-payload";
pub(crate) const APPLY: &str = "apply-chunk";
pub(crate) const DELETE: &str = "people-delete";
pub(crate) const ERASE: &str = "delete-chunk";
pub(crate) const DEAD_LETTER: &str = "settle-dead-letter";
pub(crate) const ASYNC: &str = "people-async-upsert";
pub(crate) const POST_STATUS: &str = "bulk-async-status";
pub(crate) const DELETE_STATUS: &str = "people-delete-status";
pub(crate) const ASYNC_STATUS: &str = "people-async-status";

/// The queue of jobs of one chunk; the function of chunks reads it too.
pub(crate) const SMALL_JOBS: &str = "small-jobs";

/// Each queue: the variable that names it, its name in tests, and the function that reads it.
const QUEUES: [(&str, &str, &str); 5] = [
    ("ARRIVAL_QUEUE_URL", ACCEPT, ACCEPT),
    ("SPLIT_QUEUE_URL", SPLIT, SPLIT),
    ("CHUNK_QUEUE_URL", APPLY, APPLY),
    ("SMALL_JOB_QUEUE_URL", SMALL_JOBS, APPLY),
    ("DELETE_QUEUE_URL", ERASE, ERASE),
];

/// The delay before a failed message is redelivered: longer than the lease, as in template.yaml.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// How processes fail, and how often messages are delivered.
#[derive(Clone)]
pub(crate) struct FaultPlan {
    /// The failpoint at which the first process of each function dies.
    pub(crate) first_dies_at: Option<String>,
    pub(crate) only: Option<&'static str>,
    /// Functions with the failpoint at which each of their processes dies.
    pub(crate) always_dies_at: &'static [(&'static str, &'static str)],
    /// Deliveries of each message before it is deleted.
    pub(crate) deliveries_per_message: usize,
    /// Receives of a failing message before it becomes a dead letter.
    pub(crate) max_receives: u32,
    /// Seconds for which a chunk is leased; with 0 the next worker can take it at once.
    pub(crate) lease: u32,
    /// The timeout of each function.
    pub(crate) timeout: Duration,
    /// Functions that one chain of requests may invoke any number of times.
    pub(crate) allow_recursion: &'static [&'static str],
    /// Rows per chunk, if not the default.
    pub(crate) chunk_rows: Option<u32>,
    /// Attempts at a chunk that may die before its rows are given up.
    pub(crate) deaths: u32,
    /// Whether payloads have their own bucket, which sends no upload events and keeps no versions.
    pub(crate) silent_bucket: bool,
    /// A function with another DynamoDB endpoint, and its URL.
    pub(crate) dynamodb_of: Option<(&'static str, String)>,
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self {
            first_dies_at: None,
            only: None,
            always_dies_at: &[],
            deliveries_per_message: 1,
            max_receives: 5,
            lease: 1,
            timeout: Duration::from_secs(60),
            // As in template.yaml.
            allow_recursion: &[APPLY, DEAD_LETTER],
            chunk_rows: None,
            deaths: 8,
            silent_bucket: false,
            dynamodb_of: None,
        }
    }
}

/// The functions and queues of one test.
pub(crate) struct JobHarness {
    pub(crate) test: TestTenant,
    faults: FaultPlan,
    env: BTreeMap<String, String>,
    pub(crate) emulator: AwsEndpoint,
    _proxy: TraceProxy,
    pub(crate) bucket: String,
    pub(crate) sources: BTreeMap<&'static str, [EventSourceMapping; 2]>,
    pub(crate) pools: BTreeMap<&'static str, Arc<FunctionPool>>,
    pollers: Vec<Poller>,
    /// Invocations that ended without an answer.
    pub(crate) deaths: Arc<AtomicUsize>,
}

impl JobHarness {
    /// Starts these functions; their queues are not polled yet.
    pub(crate) async fn new(functions: &[&'static str], faults: FaultPlan) -> Self {
        let test = TestTenant::new().await;
        let stack = &test.stack;
        let emulator = AwsEndpoint::new(stack.sqs_url.clone()).unwrap();
        let proxy = TraceProxy::start(emulator.clone()).await.unwrap();
        let mut env: BTreeMap<String, String> = [
            ("TABLE_NAME", &*stack.table),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &stack.dynamodb_url),
            ("AWS_ENDPOINT_URL_S3", &stack.sqs_url),
            ("AWS_ENDPOINT_URL_SQS", proxy.url()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        env.extend(stack.call_log.clone().map(|log| ("PEOPLE_CALL_LOG".to_owned(), log)));
        env.insert("CHUNK_LEASE_SECONDS".to_owned(), faults.lease.to_string());
        env.insert("JOB_STALL_SECONDS".to_owned(), "1".to_owned());
        env.insert("CHAIN_DELAY_SECONDS".to_owned(), "1".to_owned());
        env.insert("CHUNK_DEATHS".to_owned(), faults.deaths.to_string());
        env.extend(faults.chunk_rows.map(|rows| ("CHUNK_ROWS".to_owned(), rows.to_string())));
        let mut sources = BTreeMap::new();
        for (variable, name, _) in QUEUES {
            let dead_letter_queue = create_queue(&emulator, &json!({})).await;
            let policy = json!({ "deadLetterTargetArn": dead_letter_queue.arn, "maxReceiveCount": faults.max_receives });
            let attributes =
                json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": "120" });
            let main_queue = create_queue(&emulator, &attributes).await;
            env.insert(variable.to_owned(), main_queue.url.clone());
            sources.insert(name, [main_queue, dead_letter_queue]);
        }
        let bucket = if faults.silent_bucket {
            create_bucket(&emulator).await
        } else {
            stack.bucket.clone()
        };
        env.insert("PAYLOAD_BUCKET".to_owned(), bucket.clone());
        let mut harness = Self {
            test,
            faults,
            env,
            emulator,
            _proxy: proxy,
            bucket,
            sources,
            pools: BTreeMap::new(),
            pollers: Vec::new(),
            deaths: Arc::default(),
        };
        for function in functions {
            harness.add_function(function);
        }
        harness
    }

    fn add_function(&mut self, function: &'static str) {
        let fail_at =
            |point: &str| BTreeMap::from([("PEOPLE_FAIL_AT".to_owned(), point.to_owned())]);
        let mut env = self.env.clone();
        let always = self.faults.always_dies_at.iter().find(|(dying, _)| *dying == function);
        env.extend(always.map(|(_, point)| fail_at(point)).unwrap_or_default());
        if let Some((_, url)) = self.faults.dynamodb_of.as_ref().filter(|(of, _)| *of == function) {
            env.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), url.clone());
        }
        // With one process, the process that dies is certain to do the work.
        let instances = if self.faults.first_dies_at.is_some() { 1 } else { 2 };
        let first_dies_at = self.faults.first_dies_at.as_deref();
        let first_dies_at =
            first_dies_at.filter(|_| self.faults.only.is_none_or(|only| only == function));
        let first_env = first_dies_at.map(fail_at).unwrap_or_default();
        let spec = FunctionSpec {
            name: function.to_owned(),
            binary: binary_path(function),
            env,
            first_env,
            instances,
            timeout: self.faults.timeout,
            payload_bytes_max: LAMBDA_PAYLOAD_BYTES_MAX,
            allow_recursion: self.faults.allow_recursion.contains(&function),
            // A function that fails otherwise than planned says why there.
            log: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/local/crash.log")),
        };
        self.pools.insert(function, Arc::new(FunctionPool::new(spec)));
    }

    /// Starts polling all queues.
    pub(crate) fn start_polling(&mut self) {
        self.start_polling_some(|_| true);
    }

    /// Starts polling some of the queues.
    pub(crate) fn start_polling_some(&mut self, is_read: impl Fn(&str) -> bool) {
        for (_, name, function) in QUEUES.into_iter().filter(|(_, name, _)| is_read(name)) {
            let [main_queue, dead_letter_queue] = self.sources[name].clone();
            if let Some(pool) = self.pools.get(function).cloned() {
                self.pollers.push(self.poller(
                    main_queue,
                    pool,
                    self.faults.deliveries_per_message,
                ));
            }
            if let Some(pool) = self.pools.get(DEAD_LETTER).cloned() {
                self.pollers.push(self.poller(dead_letter_queue, pool, 1));
            }
        }
    }

    /// Polls a queue and delivers each message several times, partly at the same time.
    fn poller(
        &self,
        source: EventSourceMapping,
        pool: Arc<FunctionPool>,
        deliveries: usize,
    ) -> Poller {
        let deaths = Arc::clone(&self.deaths);
        let invoke = move |event: Bytes| {
            let (pool, deaths) = (Arc::clone(&pool), Arc::clone(&deaths));
            async move {
                let (again, event_again) = (Arc::clone(&pool), event.clone());
                let later = tokio::spawn(async move {
                    for _ in 1..deliveries {
                        _ = again.invoke(event_again.clone()).await;
                    }
                });
                let answer = pool.invoke(event).await;
                _ = later.await;
                answer.inspect_err(|_| {
                    deaths.fetch_add(1, Ordering::Relaxed);
                })
            }
        };
        Poller::start(Arc::new(self.emulator.clone()), source, Arc::new(invoke), |_| {})
    }

    /// Stops all processes.
    pub(crate) async fn stop(mut self) {
        self.pollers.clear();
        for pool in self.pools.values() {
            pool.stop().await;
        }
    }
}

/// The binary of a function, built by `cargo xtask test`.
fn binary_path(function: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(|deps| deps.parent()).unwrap().join(function)
}

/// A name that no other harness uses.
fn unique_name(kind: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{kind}-{}-{next}", std::process::id())
}

async fn create_bucket(emulator: &AwsEndpoint) -> String {
    let name = unique_name("crash");
    let made = emulator.request(reqwest::Method::PUT, &format!("/{name}")).send().await.unwrap();
    assert!(made.status().is_success());
    name
}

async fn create_queue(emulator: &AwsEndpoint, attributes: &Json) -> EventSourceMapping {
    let name = unique_name("Crash");
    let made = json!({ "QueueName": name, "Attributes": attributes });
    let made = emulator.call_action("AmazonSQS.CreateQueue", &made).await.unwrap();
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    let arn = read_queue_attribute(emulator, &url, "QueueArn").await;
    EventSourceMapping {
        name,
        url,
        arn,
        batch_size: 1,
        concurrency: 2,
        retry_after: Some(RETRY_DELAY),
    }
}

pub(crate) async fn read_queue_attribute(emulator: &AwsEndpoint, url: &str, name: &str) -> String {
    let asked = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = emulator.call_action("AmazonSQS.GetQueueAttributes", &asked).await.unwrap();
    answer["Attributes"][name].as_str().unwrap().to_owned()
}
