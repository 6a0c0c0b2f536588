//! A job as it is shown: how far it is, and how its rows ended.

mod text;

use people_storage::jobs::{Counts, Job, JobKind, JobState, Progress};
use serde::Serialize;
use serde_json::json;

use crate::output::{Answer, moment};

/// Exit codes, as `--help` lists them.
const REFUSED: u8 = 1;
const ROWS_FAILED: u8 = 4;

/// What is shown of a job.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    id: String,
    kind: JobKind,
    state: &'static str,
    accepted: String,
    /// Until when its payload may be uploaded, while it is not there.
    awaited_until: Option<String>,
    chunks: Chunks,
    rows: Rows,
    erased: u64,
    /// To completion from acceptance, of an upload from its arrival.
    seconds: Option<f64>,
    rows_per_second: Option<u64>,
    /// Whether the payload was refused, so that nothing was written.
    refused: bool,
    /// Why it was.
    message: Option<String>,
}

#[derive(Debug, Serialize)]
struct Chunks {
    /// None before the payload was looked through.
    total: Option<u32>,
    settled: u32,
}

#[derive(Debug, Serialize)]
struct Rows {
    /// None before the payload was looked through.
    total: Option<u64>,
    success: u64,
    partial: u64,
    failure: u64,
}

impl Summary {
    /// Of a job; `progress` counts until it is completed.
    pub(crate) fn of(job: &Job, progress: Progress) -> Self {
        let (counts, settled, left) = match job.state {
            JobState::Completed { chunks, counts, .. } => (counts, chunks, 0),
            _ => (progress.counts, progress.settled, progress.rows_left),
        };
        let (took_ms, message) = match &job.state {
            JobState::Completed { took_ms, message, .. } => (Some(*took_ms), message.clone()),
            _ => (None, None),
        };
        let awaited_until = match job.state {
            JobState::Awaited { expires } => Some(moment(expires)),
            _ => None,
        };
        let Counts { success, failure, partial, erased } = counts;
        let total = job.chunks().map(|_| counts.total() + left);
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            state: job.state.as_str(),
            accepted: moment(job.accepted.millis()),
            awaited_until,
            chunks: Chunks { total: job.chunks(), settled },
            rows: Rows { total, success, partial, failure },
            erased,
            seconds: took_ms.map(seconds),
            rows_per_second: took_ms.and_then(|took| (counts.total() * 1_000).checked_div(took)),
            refused: message.is_some(),
            message,
        }
    }

    /// As it stands.
    pub(crate) fn shown(self) -> Answer {
        let (text, note) = (self.text(), self.refusal());
        with(Answer::new(self, text), note)
    }

    /// As it ended: the exit code says how, and a note what to do.
    pub(crate) fn ended(self, tenant: &str) -> Answer {
        let ((code, note), text) = (self.verdict(tenant), self.text());
        with(Answer::new(self, text).code(code), note)
    }

    /// The same of a job that `more` tells of.
    pub(crate) fn ended_with(self, tenant: &str, more: (&str, impl Serialize)) -> Answer {
        let ((code, note), text) = (self.verdict(tenant), self.text());
        let mut result = json!(self);
        if let Some(fields) = result.as_object_mut() {
            fields.insert(more.0.to_owned(), json!(more.1));
        }
        with(Answer::new(result, text).code(code), note)
    }

    fn refusal(&self) -> Option<String> {
        let why = self.message.as_ref()?;
        Some(format!("The payload was refused; nothing was written: {why}"))
    }

    fn verdict(&self, tenant: &str) -> (u8, Option<String>) {
        let Rows { partial, failure, .. } = self.rows;
        if let Some(refusal) = self.refusal() {
            return (REFUSED, Some(refusal));
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
        (ROWS_FAILED, Some(note))
    }
}

fn with(answer: Answer, note: Option<String>) -> Answer {
    match note {
        Some(note) => answer.note(note),
        None => answer,
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
