//! The service on this machine, as `dev` and `test` start it: emulators, what template.yaml names, tenants, functions,
//! and the gateway before them.

mod buckets;
mod child;
mod description;
mod emulators;
mod functions;
mod gateway;
mod pollers;
mod port;
mod queues;
mod resources;
mod tenants;
mod watch;

use crate::cargo::{cargo, workspace};
use crate::process::{Family, Lock};
use crate::progress::{openly, say};
use crate::root::{local, root};
use crate::template::Template;
use crate::tools::Tools;
use anyhow::Result;
use child::Surroundings;
pub(crate) use description::{Description, Published};
use emulators::Emulators;
pub(crate) use gateway::SizeLimits;
use people_host::Poller;
pub(crate) use port::{free_port, listen};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests that `cargo lambda watch` has at once, those of queues too: about 100 that wait for one function would
/// block all of it for good.
const PLACES: usize = 40;

/// The parameter of the template that limits payloads.
const PAYLOAD_LIMIT: &str = "PayloadLimitMb";

/// The profile of optimised functions that run here; Cargo.toml says how it differs from that of the package.
const OPTIMIZED: &str = "optimized";

/// What the callers choose.
pub(crate) struct Options {
    /// Name of the description, the lock and the logs in target/local.
    pub(crate) name: &'static str,
    /// The command, as a second start of it names the first.
    pub(crate) command: &'static str,
    /// Where the gateway listens: the port of the base URL.
    pub(crate) port: u16,
    pub(crate) release: bool,
    pub(crate) concurrency: u8,
    /// Whether `cargo lambda watch` runs the functions itself, through Cargo, and restarts them when a file changes.
    pub(crate) reload: bool,
    /// Where the functions write down their calls, if they do.
    pub(crate) call_log: Option<PathBuf>,
    /// MB that a payload may have, plain; `None`: as the template says.
    pub(crate) payload_limit: Option<u64>,
    /// When a message that failed is seen again; `None`: as its queue says.
    pub(crate) retry: Option<Duration>,
    /// Whether the sizes of API Gateway and Lambda hold.
    pub(crate) size_limits: SizeLimits,
}

/// A stack that answers, until it is dropped.
pub(crate) struct Stack {
    pub(crate) template: Template,
    pub(crate) published: Published,
    _pollers: Vec<Poller>,
    _lock: Lock,
}

/// Starts everything; returns when every function answers.
pub(crate) async fn start(family: &Family, options: &Options) -> Result<Stack> {
    std::fs::create_dir_all(local())?;
    let lock = Lock::take(&local().join(format!("{}.lock", options.name)), options.command)?;
    Published::forget(options.name);
    let listener = listen(options.port)?;
    let template = Template::read(&root())?;
    let tools = Tools::ensure(family).await?;
    let emulators = Emulators::start(family, &tools, options.name)?;
    build_functions(family, &template, options.release).await?;
    say("creating table, queues and bucket");
    emulators.ready().await?;
    let made = resources::create(&template, &emulators).await?;
    let mut names = made.names.clone();
    names.extend(options.payload_limit.map(|limit| (PAYLOAD_LIMIT.to_owned(), limit.to_string())));
    let surroundings = Surroundings::new(&template, &names, &emulators, options)?;
    let tenants = tenants::create(family, options, &surroundings, &made.table).await?;
    let watches = watch::start(family, &tools, options, &surroundings, &template)?;
    if !options.reload {
        functions::start(family, options, &surroundings, &template, &watches)?;
    }
    watch::warm(&template, options, &watches).await?;
    let places = Arc::new(Semaphore::new(PLACES));
    let log = |server: &str| local().join(format!("{}.{server}.log", options.name));
    gateway::start(
        listener,
        watches.first,
        Arc::clone(&places),
        log("gateway"),
        options.size_limits,
    )?;
    let hall = pollers::Hall { watches, places, concurrency: options.concurrency };
    let pollers =
        hall.start(&template, &made.queues, &emulators.ministack, options.retry, log("poller"))?;
    let description = Description::new(options, &emulators, made, tenants);
    let published = Published::new(options.name, description, &surroundings.exports())?;
    Ok(Stack { template, published, _pollers: pollers, _lock: lock })
}

/// Builds what will run, with the packages that `cargo run --bin` chooses: so `cargo lambda watch` finds it fresh.
pub(crate) async fn build_functions(
    family: &Family,
    template: &Template,
    release: bool,
) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--bin", tenants::OPERATOR]);
    for function in template.functions()? {
        command.args(["--bin", &function.name]);
    }
    if release {
        command.args(["--profile", OPTIMIZED]);
    }
    openly(family, "building the functions", command).await
}

/// The folder of the programs that [`build_functions`] has built.
fn programs(release: bool) -> Result<PathBuf> {
    let profile = if release { OPTIMIZED } else { "debug" };
    Ok(workspace()?.target_directory.join(profile))
}
