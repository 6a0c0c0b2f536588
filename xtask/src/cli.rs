//! The command line: what each command is for and which flags it takes.

use crate::stack::SizeLimits;
use crate::{dev, lint, long, names, package, process::Family, soak, sync, test};
use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// The developer's commands of the People API.
///
/// A first `dev` or `test` installs the pinned tools under target/tools; it needs a JDK 17 or newer with Maven, and
/// Python 3.10 or newer. Nothing is installed elsewhere, and every server listens on 127.0.0.1 only.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the whole service on this machine and print curl lines that work
    ///
    /// Starts DynamoDB Local and ministack, creates what template.yaml names, creates the tenants demo, other,
    /// limited and multi with a key each, serves every function, restarting it when a source changes, and feeds the functions from
    /// their queues. Addresses and keys stand in target/local/stack.json while it runs; Ctrl-C ends everything.
    Dev(DevArgs),
    /// Run all tests, those through the real stack too
    ///
    /// Starts a stack of its own beside a running `dev`, names its description in PEOPLE_STACK and runs `cargo test`
    /// for the whole workspace. What follows `--` goes to cargo test: `cargo xtask test -- -p people-domain email`.
    Test(TestArgs),
    /// Build every function for Lambda, so that `sam deploy` builds nothing
    ///
    /// Builds them in one run of Cargo, for arm64, into target/package, where template.yaml expects them. Takes about twelve
    /// minutes on two cores the first time. Then deploy with SAM: README, "Deploy it".
    Package(PackageArgs),
    /// Send a file of 80 MB through the whole service in every way, and account for each row (takes long)
    ///
    /// Builds optimised functions, writes a file of about 230,000 people, and sends it by POST, again unchanged, by
    /// upload plain and gzip. Says rows a second, also as a share of what the store does alone, and peak memory. The
    /// report stands in target/local/soak.log. Try `--megabytes 2 --debug` first.
    Soak(SoakArgs),
    /// Run what takes longer than CI has time for; the last line says what came of it
    Long(LongArgs),
    /// Check format, lints, the template with its policies, and what is derived from it
    Lint,
    /// Write into Cargo.toml what template.yaml says, the routes of `cargo lambda watch`
    Sync(SyncArgs),
    /// Report how the functions and types of the workspace are named, beside the figures of other projects
    Names(NamesArgs),
}

#[derive(Args)]
pub(crate) struct DevArgs {
    /// Port of the base URL
    #[arg(long, default_value_t = 9000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Build optimised functions (takes minutes the first time); they are not reloaded when their code changes
    #[arg(long)]
    pub(crate) release: bool,
    /// Instances of one function that may run at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) concurrency: u8,
    /// Whether requests and answers may be as large as behind API Gateway
    #[arg(long, value_enum, default_value_t = SizeLimits::On)]
    pub(crate) size_limits: SizeLimits,
}

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Say which ten tests took longest
    #[arg(long)]
    pub(crate) slowest: bool,
    /// Only build what the tests run
    #[arg(long)]
    pub(crate) no_run: bool,
    /// Arguments for cargo test
    #[arg(last = true)]
    pub(crate) arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct PackageArgs {
    /// Do not optimise: to try the packaging, not to deploy
    #[arg(long)]
    pub(crate) dev: bool,
    /// Build this program alone; may be given several times
    #[arg(long = "function", value_name = "NAME")]
    pub(crate) functions: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SoakArgs {
    /// Size of the file; over 80 the stack's limit is raised, and the file is only uploaded
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(crate) megabytes: u64,
    /// Use functions that are not optimised
    #[arg(long)]
    pub(crate) debug: bool,
}

#[derive(Args)]
pub(crate) struct LongArgs {
    #[arg(value_enum)]
    pub(crate) name: Long,
}

/// The checks that `long` runs.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Long {
    /// `soak` as CI would run it, 80 MB (15 minutes, and 5 to build the first time)
    Soak,
    /// A schema that changes while processes remember the old one (a minute)
    Cache,
    /// The functions of jobs killed after each of their effects (two minutes)
    Crash,
    /// Memory of functions under the worst that is let in (three minutes)
    Memory,
    /// Five thousand files put to one upload URL, beside another tenant's upload (a minute)
    Flood,
    /// Lookups and updates without an index against up to 50,000 companies (two minutes)
    Search,
    /// The scanner against serde_json, two million mutated payloads (5 minutes)
    Fuzz,
}

impl Long {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Soak => "soak",
            Self::Cache => "cache",
            Self::Crash => "crash",
            Self::Memory => "memory",
            Self::Flood => "flood",
            Self::Search => "search",
            Self::Fuzz => "fuzz",
        }
    }
}

#[derive(Args)]
pub(crate) struct SyncArgs {
    /// Change nothing; fail if something is out of date
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args)]
pub(crate) struct NamesArgs {
    /// List the names of one word, by crate
    #[arg(long)]
    pub(crate) one_word: bool,
}

impl Command {
    /// The exit code of the command.
    pub(crate) async fn run(self, family: &Family) -> Result<u8> {
        match self {
            Self::Dev(args) => dev::run(family, args).await,
            Self::Test(args) => test::run(family, args).await,
            Self::Package(args) => package::run(family, args).await,
            Self::Soak(args) => soak::run(family, args).await,
            Self::Long(args) => long::run(family, args).await,
            Self::Lint => lint::run(family).await,
            Self::Sync(args) => sync::run(args.check),
            Self::Names(args) => names::run(&args),
        }
    }
}
