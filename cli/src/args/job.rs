//! Arguments of the commands about jobs, with the bucket and queues that they use.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use people_storage::jobs::{JobId, JobStatus};

use crate::help;
use crate::parsers::{self, TenantId};

/// The bucket of payloads and results.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where the stack keeps its jobs")]
pub(crate) struct BucketArgs {
    /// The bucket of payloads and results
    #[arg(long, value_name = "NAME", env = "PAYLOAD_BUCKET")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) bucket: Option<String>,
}

/// Settings of a new job.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where the stack keeps its jobs")]
pub(crate) struct NewJobArgs {
    #[command(flatten)]
    pub(crate) bucket: BucketArgs,
    /// MB (1024 x 1024 bytes) that a payload may have, once it is plain
    #[arg(long, value_name = "MB", env = "PAYLOAD_LIMIT_MB", default_value_t = 80)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) payload_limit_mb: u32,
    /// Days for which a job and its results are kept, as long as the bucket keeps them
    #[arg(long, value_name = "DAYS", env = "JOB_RETENTION_DAYS", default_value_t = 7)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) retention_days: u32,
}

/// The queues through which a new job is submitted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where the stack keeps its jobs")]
pub(crate) struct QueueArgs {
    /// The queue of payloads to split
    #[arg(long, value_name = "URL", env = "SPLIT_QUEUE_URL", value_parser = parsers::parse_url)]
    pub(crate) split_queue_url: Option<String>,
    /// The queue of jobs that are one chunk
    #[arg(long, value_name = "URL", env = "SMALL_JOB_QUEUE_URL", value_parser = parsers::parse_url)]
    pub(crate) small_job_queue_url: Option<String>,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WaitArgs {
    /// Give up waiting after so long; the job itself goes on
    #[arg(long, value_name = "SECONDS", value_parser = parsers::parse_seconds)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// The people, as a bulk call takes them: {"records": […], "lookups": {…}}, plain or gzip; or
    /// the directory of an export
    pub(crate) file: PathBuf,
    /// Print the job's id once the file is sent, and don't wait
    #[arg(long, conflicts_with = "timeout")]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) new: NewJobArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List a tenant's jobs, newest first
    #[command(after_help = help::job::LIST)]
    List(ListArgs),
    /// Show how far a job is, and how its rows ended
    #[command(after_help = help::job::SHOW)]
    Show {
        #[command(flatten)]
        job: JobArgs,
        #[command(flatten)]
        bucket: BucketArgs,
    },
    /// Wait until a job is completed, and show it
    #[command(after_help = help::job::WAIT)]
    Wait {
        #[command(flatten)]
        job: JobArgs,
        #[command(flatten)]
        wait: WaitArgs,
        #[command(flatten)]
        bucket: BucketArgs,
    },
    /// Print what became of each row
    #[command(after_help = help::job::RESULTS)]
    Results(ResultsArgs),
    /// Send the rows that failed again, as a new job
    #[command(after_help = help::job::RETRY_FAILED)]
    RetryFailed(RetryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// Only jobs in this state: INIT, INPROGRESS or COMPLETED
    #[arg(long, value_name = "STATE", value_parser = parsers::parse_job_status)]
    pub(crate) state: Option<JobStatus>,
    /// The most jobs to list, up to 1000
    #[arg(long, value_name = "N", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
    /// Only jobs that are older than the job with this id
    #[arg(long, value_name = "ID", value_parser = parsers::parse_job_id)]
    pub(crate) before: Option<JobId>,
}

#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// The job's id: what callers know as jobId, statusId or deleteRequestId
    #[arg(value_parser = parsers::parse_job_id)]
    pub(crate) job: JobId,
}

#[derive(Debug, Args)]
pub(crate) struct ResultsArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// How they are written
    #[arg(long, value_enum, default_value_t = ResultFormat::Jsonl, requires_if("payload", "failed"))]
    pub(crate) format: ResultFormat,
    /// Only the rows that failed, wholly or in part
    #[arg(long)]
    pub(crate) failed: bool,
    /// Where they are written, instead of stdout (-); a file that is there is replaced at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bucket: BucketArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultFormat {
    /// One JSON document a line, as the API answers it
    Jsonl,
    /// rowNumber, operationStatus, email, gsid, errors
    Csv,
    /// The rows as they were sent, with their lookups, to fix and import: with --failed
    Payload,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// The rows that failed in part too
    #[arg(long)]
    pub(crate) partial: bool,
    /// Print the new job's id, and don't wait
    #[arg(long, conflicts_with = "timeout")]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) new: NewJobArgs,
    #[command(flatten)]
    pub(crate) queues: QueueArgs,
}
