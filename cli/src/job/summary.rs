//! The summary of a job: its progress and how its rows ended.

mod text;

use people_storage::jobs::{Job, JobCounts, JobId, JobKind, JobProgress, JobState};
use serde::Serialize;
use serde_json::json;

use crate::output::{CommandOutput, format_time};

/// Exit codes, as `--help` lists them.
const EXIT_REFUSED: u8 = 1;
const EXIT_ROWS_FAILED: u8 = 4;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobSummary {
    id: String,
    kind: JobKind,
    state: &'static str,
    accepted: String,
    /// When the upload URL expires, while the payload has not arrived.
    awaited_until: Option<String>,
    chunks: ChunkSummary,
    rows: RowSummary,
    erased: u64,
    /// From acceptance, or from the arrival of an upload, to completion.
    seconds: Option<f64>,
    rows_per_second: Option<u64>,
    /// Whether the payload was refused; nothing was written then.
    refused: bool,
    /// Why the payload was refused.
    message: Option<String>,
}

#[derive(Debug, Serialize)]
struct ChunkSummary {
    /// `None` until the payload is planned.
    total: Option<u32>,
    settled: u32,
}

#[derive(Debug, Serialize)]
struct RowSummary {
    /// `None` until the payload is planned.
    total: Option<u64>,
    success: u64,
    partial: u64,
    failure: u64,
}

impl JobSummary {
    /// Summarises a job; `progress` is used until it is completed.
    pub(crate) fn from_job(job: &Job, progress: JobProgress) -> Self {
        let (counts, settled, left) = match job.state {
            JobState::Completed { chunks, counts, .. } => (counts, chunks, 0),
            _ => (progress.counts, progress.settled, progress.rows_left),
        };
        let (took_ms, message) = match &job.state {
            JobState::Completed { took_ms, message, .. } => (Some(*took_ms), message.clone()),
            _ => (None, None),
        };
        let awaited_until = match job.state {
            JobState::Awaited { expires } => Some(format_time(expires)),
            _ => None,
        };
        let JobCounts { success, failure, partial, erased } = counts;
        let total = job.chunks().map(|_| counts.total() + left);
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            state: job.state.as_str(),
            accepted: format_time(job.accepted.millis()),
            awaited_until,
            chunks: ChunkSummary { total: job.chunks(), settled },
            rows: RowSummary { total, success, partial, failure },
            erased,
            seconds: took_ms.map(millis_to_seconds),
            rows_per_second: took_ms.and_then(|took| (counts.total() * 1_000).checked_div(took)),
            refused: message.is_some(),
            message,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Rows that succeeded, failed in part, and failed.
    pub(crate) fn row_counts(&self) -> [u64; 3] {
        [self.rows.success, self.rows.partial, self.rows.failure]
    }

    /// Whether the payload was refused, or rows failed wholly or in part.
    pub(crate) fn has_failures(&self) -> bool {
        self.refused || self.rows.partial + self.rows.failure > 0
    }

    /// The output of a command that shows the job.
    pub(crate) fn into_output(self) -> CommandOutput {
        let (text, note) = (self.to_text(), self.refusal_note());
        add_note(CommandOutput::new(self, text), note)
    }

    /// The output of a command that waited for the job: the exit code says how it ended, a note
    /// what to do next.
    pub(crate) fn into_final_output(self, tenant: &str) -> CommandOutput {
        let ((code, note), text) = (self.exit_code_and_note(tenant), self.to_text());
        add_note(CommandOutput::new(self, text).with_exit_code(code), note)
    }

    /// Like [`Self::into_final_output`], for a job that repeats rows of the job `retried`.
    pub(crate) fn into_retry_output(self, tenant: &str, retried: &JobId) -> CommandOutput {
        let ((code, note), text) = (self.exit_code_and_note(tenant), self.to_text());
        let mut result = json!(self);
        if let Some(fields) = result.as_object_mut() {
            fields.insert("retryOf".to_owned(), json!(retried.as_str()));
        }
        add_note(CommandOutput::new(result, text).with_exit_code(code), note)
    }

    fn refusal_note(&self) -> Option<String> {
        let why = self.message.as_ref()?;
        Some(format!("The payload was refused; nothing was written: {why}"))
    }

    fn exit_code_and_note(&self, tenant: &str) -> (u8, Option<String>) {
        let RowSummary { partial, failure, .. } = self.rows;
        if let Some(refusal) = self.refusal_note() {
            return (EXIT_REFUSED, Some(refusal));
        }
        let (what, flags) = match (failure, partial) {
            (0, 0) => return (0, None),
            (failure, 0) => (format!("{failure} failed"), ""),
            (0, partial) => (format!("{partial} failed in part"), " --partial"),
            (failure, partial) => (format!("{failure} failed, {partial} in part"), " [--partial]"),
        };
        let id = &self.id;
        let note = format!(
            "Of the rows {what}: `people job results {tenant} {id} --failed` shows such rows, \
             `people job retry-failed {tenant} {id}{flags}` sends them again. Careful: sent again \
             they write over what later rows of the same people wrote."
        );
        (EXIT_ROWS_FAILED, Some(note))
    }
}

fn add_note(output: CommandOutput, note: Option<String>) -> CommandOutput {
    match note {
        Some(note) => output.with_note(note),
        None => output,
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn millis_to_seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
