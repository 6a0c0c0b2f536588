//! The server: it is opened, and serves until it is stopped.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use people_lambda::log_failure;
use people_lambda_emulator::{BatchReport, CallAction, EventSourceMapping, Poller};
use people_storage::Store;
use people_template::{EventSource, Template};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::api::serve_api;
use crate::bucket::{BucketCredentials, remove_expired_objects};
use crate::connections::{Connections, REGION};
use crate::functions::{
    QueueFunction, RunningFunctions, build_http_functions, build_queue_functions,
};
use crate::resources::Resources;
use crate::router::FunctionRouter;
use crate::services::Services;

/// The template that is deployed, as it was when this program was built.
pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

/// How long requests, and chunks of jobs, that run when the server stops may still take.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

const EXPIRY_INTERVAL: Duration = Duration::from_secs(3_600);

/// Objects are kept for this long after their job, as on AWS.
const DAY: Duration = Duration::from_secs(86_400);

/// How to open a server.
#[derive(Debug)]
pub struct ServerOptions {
    /// The socket of the API and of uploads.
    pub listener: TcpListener,
    /// The address at which clients reach it, such as `http://127.0.0.1:9000`; upload URLs begin
    /// with it.
    pub public_url: String,
    /// The folder that keeps table and bucket; without one nothing is kept.
    pub data: Option<PathBuf>,
    /// The key pair that signs upload URLs. Programs that know it can use the table, the bucket and
    /// the queues.
    pub credentials: BucketCredentials,
    /// The most runs of one function of a queue at the same time, where its mapping allows more.
    pub concurrency: usize,
    /// When a message that failed is delivered again; `None` leaves it to the functions.
    pub retry_after: Option<Duration>,
    /// The largest payload in MB, if it is not that of the template.
    pub payload_limit_mb: Option<u32>,
}

/// An opened server. Its table can be prepared before it serves.
#[derive(Debug)]
pub struct Server {
    template: Template,
    options: ServerOptions,
    resources: Resources,
    services: Services,
    connections: Connections,
    /// The variables of the functions.
    variables: BTreeMap<String, String>,
}

/// A server that serves, until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningServer {
    pollers: Vec<Poller>,
    running: RunningFunctions,
    stop: Option<oneshot::Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
    api: JoinHandle<()>,
    /// Dropped last: what is above uses them.
    _resources: Resources,
}

impl Server {
    /// Opens table, bucket and queues.
    ///
    /// # Errors
    /// When the data can't be opened, or the socket has no address.
    pub async fn open(options: ServerOptions) -> Result<Self> {
        let template = Template::parse(TEMPLATE)?;
        let ServerOptions { data, credentials, public_url, .. } = &options;
        let url = format_local_url(options.listener.local_addr()?);
        let mut resources = Resources::open(&template, data.as_deref(), &url, credentials).await?;
        let limit = options.payload_limit_mb.map(|limit| limit.to_string());
        resources.names.extend(limit.map(|limit| ("PayloadLimitMb".to_owned(), limit)));
        let variables = template.environment(&resources.names)?;
        let services = Services {
            table: resources.table.clone(),
            queues: resources.queues.clone(),
            key_id: credentials.id.clone(),
            own_address: options.listener.local_addr()?.ip(),
        };
        let bucket = &resources.bucket;
        let connections = Connections::new(&services, bucket, &variables, credentials, public_url);
        Ok(Self { template, options, resources, services, connections, variables })
    }

    /// The store of its table.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.connections.store
    }

    /// The variables with which the operator's command finds the table, the bucket and the queues.
    ///
    /// # Errors
    /// When the socket has no address.
    pub fn operator_variables(&self) -> Result<BTreeMap<String, String>> {
        let url = format_local_url(self.options.listener.local_addr()?);
        let BucketCredentials { id, secret } = &self.options.credentials;
        let added = [
            ("AWS_ACCESS_KEY_ID", &**id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL_DYNAMODB", &url),
            ("AWS_ENDPOINT_URL_S3", &self.options.public_url),
            ("AWS_ENDPOINT_URL_SQS", &url),
        ];
        let added = added.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(self.variables.clone().into_iter().chain(added).collect())
    }

    /// Serves the API, runs the functions of the queues, and resumes the jobs of kept data.
    ///
    /// # Errors
    /// When the template and the built-in functions differ, or the socket can't be used.
    pub async fn serve(self) -> Result<RunningServer> {
        let Self { template, options, resources, services, connections, variables } = self;
        let Connections { store, jobs } = &connections;
        let config = people_lambda::Config::from_variables(|name| variables.get(name).cloned());
        let functions = build_http_functions(store, jobs, config.deadline);
        let bucket = resources.bucket.clone();
        let table = resources.table.clone();
        let body_bytes_max = jobs.payload_bytes_max();
        let router = FunctionRouter::new(&template, &functions, bucket, services, body_bytes_max)?;
        let running = RunningFunctions::default();
        let functions = build_queue_functions(store, jobs, &running);
        let pollers = start_pollers(&template, &resources, &functions, &options)?;
        if options.data.is_some() {
            connections.resume_jobs().await;
        }
        let folder = resources.folder.path().to_owned();
        let tasks = vec![
            tokio::spawn(table.sweep_expired_items()),
            tokio::spawn(expire_objects(folder, jobs.retention() + DAY)),
        ];
        let (stop, stopped) = oneshot::channel();
        let api = tokio::spawn(serve_api(options.listener, router, stopped)?);
        Ok(RunningServer { pollers, running, stop: Some(stop), tasks, api, _resources: resources })
    }
}

impl RunningServer {
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

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.api.abort();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Formats the address of a socket as programs on this machine reach it.
pub fn format_local_url(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
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
    let queues: Arc<dyn CallAction> = Arc::new(resources.queues.clone());
    let start = |source: EventSource| {
        let name = names.get(&source.function).context("no such function")?;
        let build =
            functions.get(&**name).with_context(|| format!("no function {name} is built in"))?;
        let function = build(Duration::from_secs(source.timeout));
        let mapping = read_mapping(&source, resources, options)?;
        Ok(Poller::start(Arc::clone(&queues), mapping, function, log_report))
    };
    template.event_sources()?.into_iter().map(start).collect()
}

/// Logs the failure of a batch as a whole; functions log that of a message.
fn log_report(report: BatchReport) {
    if let Some(error) = &report.error {
        log_failure("poller", &format!("{}: {error}", report.queue));
    }
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

async fn expire_objects(folder: PathBuf, age: Duration) {
    let mut ticks = interval(EXPIRY_INTERVAL);
    loop {
        ticks.tick().await;
        let folder = folder.clone();
        _ = tokio::task::spawn_blocking(move || remove_expired_objects(&folder, age)).await;
    }
}
