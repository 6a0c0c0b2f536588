//! Starts the service on this machine: emulators, the resources of template.yaml, tenants, functions, and the gateway in
//! front of them.

mod buckets;
pub(crate) mod embedded;
mod emulators;
mod environment;
mod functions;
mod gateway;
mod pollers;
mod port;
mod resources;
mod stack_file;
mod tenants;
mod watch;

use crate::cargo::{cargo_command, read_workspace};
use crate::paths::{state_dir, workspace_root};
use crate::process::{FileLock, Supervisor};
use crate::progress::{print_step, run_inherited};
use crate::tools::Tools;
use anyhow::Result;
use clap::ValueEnum;
use emulators::Emulators;
use environment::FunctionEnvironment;
pub(crate) use functions::Runner;
pub(crate) use gateway::SizeLimits;
use people_lambda_emulator::{Gateway, Poller};
use people_template::Template;
pub(crate) use port::{free_port, listen_on};
use stack_file::StackResources;
pub(crate) use stack_file::{StackDescription, StackFile};
use std::path::PathBuf;
use std::time::Duration;

/// The parameter of the template that limits payloads.
const PAYLOAD_LIMIT_PARAMETER: &str = "PayloadLimitMb";

/// The profile of optimised functions that run here; Cargo.toml says how it differs from that of the package.
pub(crate) const OPTIMIZED_PROFILE: &str = "optimized";

/// The store of a stack, and with it how the functions run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// DynamoDB Local and ministack, with the Lambda binaries of the functions
    DynamodbLocal,
    /// One process with a table, a bucket and queues in it, as `people serve` has them
    Embedded,
}

pub(crate) struct StackOptions {
    /// The store.
    pub(crate) store: StoreKind,
    /// Name of the description, the lock and the logs in target/local.
    pub(crate) name: &'static str,
    /// The command, as the error of a second start names it.
    pub(crate) command: &'static str,
    /// Port of the gateway, and so of the base URL.
    pub(crate) port: u16,
    /// Whether functions are optimised.
    pub(crate) release: bool,
    /// Instances of each function.
    pub(crate) concurrency: u8,
    /// The runner of the functions.
    pub(crate) runner: Runner,
    /// The file to which functions write their calls, if they do.
    pub(crate) call_log: Option<PathBuf>,
    /// Limit of a payload before compression, in MB; `None` leaves it to the template.
    pub(crate) payload_limit: Option<u64>,
    /// When a message that failed becomes visible again; `None` leaves it to its queue.
    pub(crate) retry: Option<Duration>,
    /// Whether the sizes of API Gateway and Lambda hold.
    pub(crate) size_limits: SizeLimits,
}

/// A stack that serves, until it is dropped.
pub(crate) struct LocalStack {
    pub(crate) template: Template,
    pub(crate) file: StackFile,
    _services: Option<(Gateway, Vec<Poller>)>,
    _lock: FileLock,
}

/// Starts everything but the functions, which start on their first invocation.
pub(crate) async fn start_stack(
    supervisor: &Supervisor,
    options: &StackOptions,
) -> Result<LocalStack> {
    std::fs::create_dir_all(state_dir())?;
    let lock_path = state_dir().join(format!("{}.lock", options.name));
    let lock = FileLock::try_acquire(&lock_path, options.command)?;
    StackFile::remove(options.name);
    let template = Template::read(&workspace_root())?;
    let (environment, resources, services) = match options.store {
        StoreKind::DynamodbLocal => start_emulated(supervisor, options, &template).await?,
        StoreKind::Embedded => {
            let (environment, resources) = embedded::start_server(supervisor, options).await?;
            (environment, resources, None)
        }
    };
    let table = &resources.table;
    let tenants = tenants::create_tenants(supervisor, options, &environment, table).await?;
    let description = StackDescription::new(options, resources, tenants);
    let file = StackFile::write(options.name, description, &environment.to_exports())?;
    Ok(LocalStack { template, file, _services: services, _lock: lock })
}

/// A started stack: the environment of its functions, its resources, and the servers of this process.
type StartedStack = (FunctionEnvironment, StackResources, Option<(Gateway, Vec<Poller>)>);

/// Starts the emulators, the functions, and the gateway and the pollers before them.
async fn start_emulated(
    supervisor: &Supervisor,
    options: &StackOptions,
    template: &Template,
) -> Result<StartedStack> {
    let listener = listen_on(options.port)?;
    let tools = Tools::ensure_installed(supervisor).await?;
    let emulators = Emulators::start(supervisor, &tools, options.name)?;
    build_functions(supervisor, template, options.release).await?;
    print_step("creating table, queues and bucket");
    emulators.wait_until_ready().await?;
    let resources = resources::create_resources(template, &emulators).await?;
    let mut names = resources.names.clone();
    let payload_limit = options.payload_limit.map(|limit| limit.to_string());
    names.extend(payload_limit.map(|limit| (PAYLOAD_LIMIT_PARAMETER.to_owned(), limit)));
    let environment = FunctionEnvironment::new(template, &names, &emulators, options)?;
    let functions =
        functions::prepare_functions(supervisor, &tools, options, &environment, template).await?;
    let log = |server: &str| state_dir().join(format!("{}.{server}.log", options.name));
    let gateway = gateway::start_gateway(
        listener,
        template,
        &functions,
        options.size_limits,
        log("gateway"),
    )?;
    let (queues, sqs, poller_log) = (&resources.queues, &emulators.ministack, log("poller"));
    let pollers = pollers::start_pollers(options, template, queues, &functions, sqs, &poller_log)?;
    Ok((environment, resources.describe(&emulators), Some((gateway, pollers))))
}

/// Builds the programs of the stack, with the packages that `cargo run --bin` selects, so that `cargo lambda watch` need
/// not build them again.
pub(crate) async fn build_functions(
    supervisor: &Supervisor,
    template: &Template,
    release: bool,
) -> Result<()> {
    let mut command = cargo_command();
    command.args(["build", "--bin", tenants::OPERATOR_BINARY]);
    for function in template.functions()? {
        command.args(["--bin", &function.name]);
    }
    if release {
        command.args(["--profile", OPTIMIZED_PROFILE]);
    }
    run_inherited(supervisor, "building the functions", command).await
}

/// The folder of the programs that [`build_functions`] has built.
fn programs_dir(release: bool) -> Result<PathBuf> {
    let profile = if release { OPTIMIZED_PROFILE } else { "debug" };
    Ok(read_workspace()?.target_directory.join(profile))
}
