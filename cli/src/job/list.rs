//! `people job list`: a tenant's jobs, newest first, as a table or as a JSON list.

use people_domain::limit::LISTED_JOBS_MAX;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobCounts, JobId, JobKind, JobListQuery, JobState};
use serde::Serialize;

use crate::args::job::ListArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, format_table, format_time};
use crate::{schema, store};

/// A job of the list, under the names that `people job show` gives its values.
#[derive(Debug, Serialize)]
struct ListedJob {
    id: String,
    kind: JobKind,
    state: &'static str,
    accepted: String,
    /// `None` until the job is completed, like its rows.
    completed: Option<String>,
    rows: Option<ListedRows>,
    /// Whether the payload was refused; nothing was written then.
    refused: bool,
    /// Why the payload was refused.
    message: Option<String>,
}

/// How rows ended, or how many people a delete erased.
#[derive(Debug, Serialize)]
struct ListedRows {
    total: u64,
    success: u64,
    partial: u64,
    failure: u64,
}

pub(super) async fn list_jobs(
    global: GlobalArgs,
    args: ListArgs,
) -> Result<CommandOutput, CommandError> {
    let store = store::open_store(global).await?;
    let store = schema::find_tenant_store(&store, args.tenant.as_str()).await?;
    let (jobs, next) = read_jobs(&store, &args).await?;
    let jobs: Vec<_> = jobs.into_iter().map(ListedJob::from_job).collect();
    let output = CommandOutput::new(&jobs, format_jobs(&jobs));
    Ok(match format_note(&args, jobs.is_empty(), next.as_ref()) {
        Some(note) => output.with_note(note),
        None => output,
    })
}

/// Reads page after page up to the limit. The id is where the list goes on, if jobs are left.
async fn read_jobs(
    store: &TenantStore,
    args: &ListArgs,
) -> Result<(Vec<Job>, Option<JobId>), CommandError> {
    let (mut jobs, mut cursor) = (Vec::new(), args.before.clone());
    loop {
        let limit = (usize::from(args.limit) - jobs.len()).min(LISTED_JOBS_MAX);
        let page = store.list_jobs(&JobListQuery { state: args.state, limit, cursor }).await?;
        jobs.extend(page.jobs);
        cursor = page.cursor;
        if cursor.is_none() || jobs.len() >= usize::from(args.limit) {
            return Ok((jobs, cursor));
        }
    }
}

fn format_note(args: &ListArgs, is_empty: bool, next: Option<&JobId>) -> Option<String> {
    let ListArgs { tenant, state, before, .. } = args;
    if let Some(next) = next {
        let state = state.map(|state| format!(" --state {}", state.as_str())).unwrap_or_default();
        return Some(format!(
            "There are older jobs: `people job list {tenant}{state} --before {next}` goes on, \
             --limit lists more at once."
        ));
    }
    let is_filtered = state.is_some() || before.is_some();
    is_empty.then(|| match is_filtered {
        true => format!("No such jobs: `people job list {tenant}` shows those there are."),
        false => format!("No jobs: `people import {tenant} FILE` starts one."),
    })
}

impl ListedJob {
    fn from_job(job: Job) -> Self {
        let (state, accepted) = (job.state.as_str(), format_time(job.accepted.millis()));
        let (completed, rows, message) = match job.state {
            JobState::Completed { completed, counts, message, .. } => {
                (Some(format_time(completed)), Some(ListedRows::new(job.kind, counts)), message)
            }
            _ => (None, None, None),
        };
        let (id, kind, refused) = (job.id.to_string(), job.kind, message.is_some());
        Self { id, kind, state, accepted, completed, rows, refused, message }
    }

    fn to_cells(&self) -> [String; 7] {
        let cell = |count: fn(&ListedRows) -> u64| {
            self.rows.as_ref().map_or_else(|| "-".to_owned(), |rows| count(rows).to_string())
        };
        [
            self.id.clone(),
            self.kind.as_str().to_owned(),
            if self.refused { "COMPLETED, refused" } else { self.state }.to_owned(),
            self.accepted.clone(),
            cell(|rows| rows.total),
            cell(|rows| rows.partial),
            cell(|rows| rows.failure),
        ]
    }
}

impl ListedRows {
    fn new(kind: JobKind, counts: JobCounts) -> Self {
        let rows = counts.to_rows(kind);
        let JobCounts { success, failure, partial, .. } = rows;
        Self { total: rows.total(), success, partial, failure }
    }
}

fn format_jobs(jobs: &[ListedJob]) -> String {
    let header = ["JOB", "KIND", "STATE", "ACCEPTED", "ROWS", "PARTIAL", "FAILED"];
    format_table(header, jobs.iter().map(ListedJob::to_cells).collect())
}
