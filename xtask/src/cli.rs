//! The command line: the purpose of each command and its flags.

use crate::stack::{Runner, SizeLimits, StoreKind};
use crate::{dev, dist, lint, long, names, package, process::Supervisor, soak, sync, test};
use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use people_lambda_emulator::StartedBy;

/// The developer's commands of the People API.
///
/// `test --store embedded` and `soak --serve` need rustup and a C compiler alone. The first of the others installs the
/// pinned tools under target/tools; it needs a JDK 17 or newer with Maven, and Python 3.10 or newer. Nothing is installed
/// elsewhere, and every server listens on 127.0.0.1 only.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Xtask {
    #[command(subcommand)]
    pub(crate) command: XtaskCommand,
}

#[derive(Subcommand)]
pub(crate) enum XtaskCommand {
    /// Start the whole service on this machine and print curl lines that work
    ///
    /// Starts DynamoDB Local and ministack, creates the resources of template.yaml and the tenants demo, other, limited and
    /// multi with a key each, and serves every function from its first request on, restarting it when a source changes.
    /// Addresses and keys are in target/local/stack.json while it runs. Ctrl-C ends everything.
    Dev(DevArgs),
    /// Run all tests, including those that use a real stack
    ///
    /// Starts a stack of its own, independent of a running `dev`, passes its description in PEOPLE_STACK and runs `cargo
    /// test` for the whole workspace. Arguments after `--` are passed on: `cargo xtask test -- -p people-domain email`.
    Test(TestArgs),
    /// Build every function for Lambda, so that `sam deploy` builds nothing
    ///
    /// Builds them in one run of Cargo, for arm64, into target/package, where template.yaml expects them. It takes about
    /// twelve minutes on two cores the first time. Then deploy with SAM: README, "Deploy it".
    Package(PackageArgs),
    /// Build the static binary of `people` for this machine's processor, try it, and build the image where docker is installed
    ///
    /// The binary has `people serve` in it and needs nothing else on the machine. It is in target/dist/image, the folder
    /// from which the Dockerfile builds. It takes ten minutes on two cores the first time.
    DistLocal,
    /// Send a file of 80 MB through the whole service in every way, and account for each row (takes long)
    ///
    /// Builds optimised functions, writes a file of about 230,000 people, and sends it by POST, again unchanged, by plain
    /// upload and by gzip upload. Reports rows per second, also as a share of the store's own rate, and peak memory. The
    /// report is in target/local/soak.log. Try `--megabytes 2 --debug` first.
    Soak(SoakArgs),
    /// Run a check that takes longer than CI allows; the last line says whether it passed
    Long(LongArgs),
    /// Check format, lints, the template with its policies, and files that are derived from it
    Lint(LintArgs),
    /// Write the routes of template.yaml into CargoLambda.toml, for `cargo lambda watch`
    Sync(SyncArgs),
    /// Report how the functions and types of the workspace are named, next to the figures of other projects
    Names(NamesArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct LintArgs {
    /// Install cargo-deny first, if it is missing (two minutes): it checks licences and sources of dependencies
    #[arg(long)]
    pub(crate) install_cargo_deny: bool,
}

#[derive(Args)]
pub(crate) struct DevArgs {
    /// Port of the base URL
    #[arg(long, default_value_t = 9000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Build optimised functions (takes minutes the first time); they are not reloaded when their code changes
    #[arg(long)]
    pub(crate) release: bool,
    /// Instances of each function
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) concurrency: u8,
    /// Whether requests and responses are limited in size as behind API Gateway
    #[arg(long, value_enum, default_value_t = SizeLimits::On)]
    pub(crate) size_limits: SizeLimits,
}

#[derive(Args)]
pub(crate) struct TestArgs {
    /// The store on which the tests run; the embedded one is quicker, and lacks what docs/ARCHITECTURE.md lists
    #[arg(long, value_enum, default_value_t = StoreKind::DynamodbLocal)]
    pub(crate) store: StoreKind,
    /// List the ten tests that took longest
    #[arg(long)]
    pub(crate) slowest: bool,
    /// Build the tests and functions without running them
    #[arg(long)]
    pub(crate) no_run: bool,
    /// Optimise the functions and the tests; building takes minutes
    #[arg(long)]
    pub(crate) release: bool,
    /// Arguments for cargo test
    #[arg(last = true)]
    pub(crate) arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct PackageArgs {
    /// Do not optimise: for trying the packaging, not for a deployment
    #[arg(long)]
    pub(crate) dev: bool,
    /// Build only this program; may be given several times
    #[arg(long = "function", value_name = "NAME")]
    pub(crate) functions: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SoakArgs {
    /// Size of the file; over 80, the limit of the stack is raised and the file is only uploaded
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(crate) megabytes: u64,
    /// Use functions without optimisation
    #[arg(long)]
    pub(crate) debug: bool,
    /// Send it through the server of `people serve` instead of the functions: one process with the embedded store
    #[arg(long)]
    pub(crate) serve: bool,
}

#[derive(Args)]
pub(crate) struct LongArgs {
    #[arg(value_enum)]
    pub(crate) check: LongCheck,
}

/// A check that `long` runs.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LongCheck {
    /// `soak` with 80 MB (15 minutes, and 5 to build the first time)
    Soak,
    /// A schema that changes while processes have cached the old one (a minute)
    Cache,
    /// The functions of jobs killed after each of their effects (two minutes)
    Crash,
    /// Memory of functions under the largest requests that are accepted (three minutes)
    Memory,
    /// Five thousand files sent to one upload URL during another tenant's upload (a minute)
    Flood,
    /// Lookups and updates without an index against up to 50,000 companies (two minutes)
    Search,
    /// A tenant of a million people read page by page in every way, with writers beside it, by optimised functions (10
    /// minutes, and 6 to build the first time)
    Reads,
    /// 200,000 people exported, imported into another tenant and compared (15 minutes)
    Export,
    /// Callers of the People API and of Gainsight PX who write a few people at the same time while packets are lost and
    /// arrive late (three minutes)
    Identity,
    /// Lists of Gainsight PX users: 20 among 300,000 people, and 100,000 with writers beside them (four minutes)
    Lists,
    /// The scanner compared with serde_json on two million mutated payloads (5 minutes)
    Fuzz,
    /// All tests on both stores, with the time of each (8 minutes)
    Stores,
}

impl LongCheck {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Soak => "soak",
            Self::Cache => "cache",
            Self::Crash => "crash",
            Self::Memory => "memory",
            Self::Flood => "flood",
            Self::Search => "search",
            Self::Reads => "reads",
            Self::Export => "export",
            Self::Identity => "identity",
            Self::Lists => "lists",
            Self::Fuzz => "fuzz",
            Self::Stores => "stores",
        }
    }
}

#[derive(Args)]
pub(crate) struct SyncArgs {
    /// Change nothing, and fail if something is out of date
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args)]
pub(crate) struct NamesArgs {
    /// List the names of one word, by crate
    #[arg(long)]
    pub(crate) one_word: bool,
}

impl XtaskCommand {
    /// Runs the command and returns its exit code.
    pub(crate) async fn run(self, supervisor: &Supervisor) -> Result<u8> {
        match self {
            Self::Dev(args) => dev::run(supervisor, args).await,
            Self::Test(args) => {
                test::run(supervisor, args, Runner::Watch(StartedBy::Emulator)).await
            }
            Self::Package(args) => package::run(supervisor, args).await,
            Self::DistLocal => dist::run(supervisor).await,
            Self::Soak(args) => soak::run(supervisor, args).await,
            Self::Long(args) => long::run(supervisor, args).await,
            Self::Lint(args) => lint::run(supervisor, &args).await,
            Self::Sync(args) => sync::run(args.check),
            Self::Names(args) => names::run(&args),
        }
    }
}
