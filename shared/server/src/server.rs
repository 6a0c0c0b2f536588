//! The running server.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use http::Request;
use people_jobs::Jobs;
use people_lambda_emulator::{AwsEndpoint, EventSourceMapping, Poller};
use people_storage::Store;
use people_template::{EventSource, Template};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::bucket::{BucketCredentials, remove_expired_objects};
use crate::connections::{Connections, REGION};
use crate::functions::{
    QueueFunction, RunningFunctions, build_http_functions, build_queue_functions,
};
use crate::resources::Resources;
use crate::router::FunctionRouter;

/// The template that is deployed, as it was when this program was built.
pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

/// How long requests, and chunks of jobs, that run when the server stops may still take.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

const EXPIRY_INTERVAL: Duration = Duration::from_secs(3_600);

/// Objects are kept for this long after their job, as on AWS.
const DAY: Duration = Duration::from_secs(86_400);

/// How to start a server.
#[derive(Debug)]
pub struct ServerOptions {
    /// The socket of the API and of uploads.
    pub listener: TcpListener,
    /// The address at which clients reach it, such as `http://127.0.0.1:9000`; upload URLs begin
    /// with it.
    pub public_url: String,
    /// The folder that keeps table and bucket; without one nothing is kept.
    pub data: Option<PathBuf>,
    /// The key pair that signs upload URLs.
    pub credentials: BucketCredentials,
    /// The most runs of one function of a queue at the same time, where its mapping allows more.
    pub concurrency: usize,
    /// When a message that failed is delivered again; `None` leaves it to the functions.
    pub retry_after: Option<Duration>,
}

/// A server, until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    connections: Connections,
    environment: BTreeMap<String, String>,
    pollers: Vec<Poller>,
    running: RunningFunctions,
    stop: Option<oneshot::Sender<()>>,
    api: JoinHandle<()>,
    expiry: JoinHandle<()>,
    /// Dropped last: what is above uses them.
    _resources: Resources,
}

impl Server {
    /// Starts table, bucket, queues and functions.
    ///
    /// # Errors
    /// When the data can't be opened, or a socket can't be used.
    pub async fn start(options: ServerOptions) -> Result<Self> {
        let template = Template::parse(TEMPLATE)?;
        let ServerOptions { data, credentials, public_url, .. } = &options;
        let resources = Resources::start(&template, data.as_deref(), credentials).await?;
        let variables = resources.environment(&template)?;
        let connections = Connections::new(&resources, &variables, credentials, public_url);
        let Connections { store, jobs } = &connections;
        let config = people_lambda::Config::from_variables(|name| variables.get(name).cloned());
        let functions = build_http_functions(store, jobs, config.deadline);
        let router = FunctionRouter::new(&template, &functions, resources.bucket.clone())?;
        let running = RunningFunctions::default();
        let functions = build_queue_functions(store, jobs, &running);
        let pollers = start_pollers(&template, &resources, &functions, &options)?;
        let environment = operator_environment(&resources, variables, &options);
        let expiry = tokio::spawn(expire_objects(
            resources.folder.path().to_owned(),
            jobs.retention() + DAY,
        ));
        if data.is_some() {
            connections.resume_jobs().await.context("jobs of an earlier run can't be resumed")?;
        }
        let (stop, stopped) = oneshot::channel();
        let api = tokio::spawn(serve_api(options.listener, router, stopped)?);
        Ok(Self {
            connections,
            environment,
            pollers,
            running,
            stop: Some(stop),
            api,
            expiry,
            _resources: resources,
        })
    }

    /// The store of its table.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.connections.store
    }

    /// The steps of its jobs.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.connections.jobs
    }

    /// The variables with which the operator's command finds the table, the bucket and the queues.
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Stops: takes no request and no message any more, and lets what runs end within half a
    /// second. What was acknowledged is stored by then; jobs that run go on when the data is opened
    /// again.
    pub async fn stop(mut self) {
        self.pollers.clear();
        drop(self.stop.take());
        let running = Arc::clone(&self.running);
        let ended = async { tokio::join!(&mut self.api, running.write()) };
        _ = timeout(SHUTDOWN_GRACE, ended).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.api.abort();
        self.expiry.abort();
    }
}

/// Returns the future that serves the API until `stopped`.
fn serve_api(
    listener: TcpListener,
    router: FunctionRouter,
    stopped: oneshot::Receiver<()>,
) -> Result<impl Future<Output = ()> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let answer = move |request: Request<Body>| router.clone().answer(request);
    let routes = Router::new().fallback(answer);
    Ok(async move {
        let server = axum::serve(listener, routes).with_graceful_shutdown(async {
            _ = stopped.await;
        });
        _ = server.await;
    })
}

/// Polls every queue that feeds a function.
fn start_pollers(
    template: &Template,
    resources: &Resources,
    functions: &BTreeMap<&'static str, QueueFunction>,
    options: &ServerOptions,
) -> Result<Vec<Poller>> {
    let names: BTreeMap<_, _> =
        template.functions()?.into_iter().map(|known| (known.resource, known.name)).collect();
    let endpoint = AwsEndpoint::new(resources.queues.url.clone())?;
    let start = |source: EventSource| {
        let name = names.get(&source.function).context("no such function")?;
        let build =
            functions.get(&**name).with_context(|| format!("no function {name} is built in"))?;
        let function = build(Duration::from_secs(source.timeout));
        let mapping = read_mapping(&source, resources, options)?;
        // The functions log what they do; a call to a queue in the same process does not fail.
        Ok(Poller::start(endpoint.clone(), mapping, function, |_| {}))
    };
    template.event_sources()?.into_iter().map(start).collect()
}

fn read_mapping(
    source: &EventSource,
    resources: &Resources,
    options: &ServerOptions,
) -> Result<EventSourceMapping> {
    let queue = resources.queues_by_name.get(&source.queue);
    let queue = queue.with_context(|| format!("no queue {}", source.queue))?;
    let concurrency = source.concurrency.unwrap_or(options.concurrency);
    Ok(EventSourceMapping {
        name: source.queue.clone(),
        url: queue.url.clone(),
        arn: queue.arn.clone(),
        batch_size: source.batch_size,
        concurrency: concurrency.min(options.concurrency),
        retry_after: options.retry_after,
    })
}

/// Adds endpoints and credentials to the variables of the functions.
fn operator_environment(
    resources: &Resources,
    mut variables: BTreeMap<String, String>,
    options: &ServerOptions,
) -> BTreeMap<String, String> {
    let added = [
        ("AWS_ACCESS_KEY_ID", &*options.credentials.id),
        ("AWS_SECRET_ACCESS_KEY", &*options.credentials.secret),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL_DYNAMODB", &resources.table.url),
        ("AWS_ENDPOINT_URL_S3", &options.public_url),
        ("AWS_ENDPOINT_URL_SQS", &resources.queues.url),
    ];
    variables.extend(added.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables
}

async fn expire_objects(folder: PathBuf, age: Duration) {
    let mut ticks = interval(EXPIRY_INTERVAL);
    loop {
        ticks.tick().await;
        let folder = folder.clone();
        _ = tokio::task::spawn_blocking(move || remove_expired_objects(&folder, age)).await;
    }
}
