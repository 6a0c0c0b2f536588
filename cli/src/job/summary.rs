//! A job as it is shown: how far it is, and how its rows ended.

use people_storage::job::{Counts, Job, JobKind, JobState, Progress};
use serde::Serialize;
use serde_json::json;

use crate::output::{Answer, moment, table};

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
    chunks: Chunks,
    rows: Rows,
    erased: u64,
    /// From acceptance to completion.
    seconds: Option<f64>,
    rows_per_second: Option<u64>,
    /// Why the payload was refused.
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
        let Counts { success, failure, partial, erased } = counts;
        let total = job.chunks().map(|_| counts.total() + left);
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            state: job.state.as_str(),
            accepted: moment(job.accepted.millis()),
            chunks: Chunks { total: job.chunks(), settled },
            rows: Rows { total, success, partial, failure },
            erased,
            seconds: took_ms.map(seconds),
            rows_per_second: took_ms.and_then(|took| (counts.total() * 1_000).checked_div(took)),
            message,
        }
    }

    /// As it stands.
    pub(crate) fn shown(self) -> Answer {
        let text = self.text();
        Answer::new(self, text)
    }

    /// As it ended: the exit code says how, and a note what to do.
    pub(crate) fn ended(self, tenant: &str) -> Answer {
        let (code, note) = self.verdict(tenant);
        with(self.shown().code(code), note)
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

    fn verdict(&self, tenant: &str) -> (u8, Option<String>) {
        let Rows { partial, failure, .. } = self.rows;
        if self.message.is_some() {
            return (REFUSED, Some("The payload was refused; nothing was written.".to_owned()));
        }
        let (what, flags) = match (failure, partial) {
            (0, 0) => return (0, None),
            (failure, 0) => (format!("{failure} failed"), ""),
            (0, partial) => (format!("{partial} failed in part"), " --partial"),
            (failure, partial) => (format!("{failure} failed, {partial} in part"), " [--partial]"),
        };
        let id = &self.id;
        let note = format!(
            "Of the rows {what}: `people job results {tenant} {id} --failed` shows them, \
             `people job retry-failed {tenant} {id}{flags}` sends them again. Careful: sent again \
             they write over what later rows of the same people wrote."
        );
        (ROWS_FAILED, Some(note))
    }

    fn text(&self) -> String {
        let table = match self.kind {
            JobKind::Delete => self.deleted(),
            _ => self.upserted(),
        };
        match &self.message {
            Some(message) => format!("{table}\n\n{message}"),
            None => table,
        }
    }

    fn upserted(&self) -> String {
        let [id, kind, state, accepted, chunks, seconds] = self.common();
        let Rows { total, success, partial, failure } = self.rows;
        let counts = [success, partial, failure].map(|count| count.to_string());
        let [success, partial, failure] = counts;
        let (rows, rate) = (known(total), known(self.rows_per_second));
        let row =
            [id, kind, state, accepted, chunks, rows, success, partial, failure, seconds, rate];
        let header = [
            "JOB", "KIND", "STATE", "ACCEPTED", "CHUNKS", "ROWS", "SUCCESS", "PARTIAL", "FAILURE",
            "SECONDS", "ROWS/S",
        ];
        table(header, vec![row])
    }

    fn deleted(&self) -> String {
        let [id, kind, state, accepted, chunks, seconds] = self.common();
        let row = [id, kind, state, accepted, chunks, self.erased.to_string(), seconds];
        table(["JOB", "KIND", "STATE", "ACCEPTED", "CHUNKS", "ERASED", "SECONDS"], vec![row])
    }

    fn common(&self) -> [String; 6] {
        let kind = match self.kind {
            JobKind::Async => "async",
            JobKind::Bulk => "bulk",
            JobKind::Upload => "upload",
            JobKind::Delete => "delete",
        };
        let Chunks { total, settled } = self.chunks;
        let chunks = total.map(|total| format!("{settled}/{total}"));
        let seconds = self.seconds.map(|seconds| format!("{seconds:.3}"));
        let (id, accepted) = (self.id.clone(), self.accepted.clone());
        [id, kind.to_owned(), self.state.to_owned(), accepted, known(chunks), known(seconds)]
    }
}

fn with(answer: Answer, note: Option<String>) -> Answer {
    match note {
        Some(note) => answer.note(note),
        None => answer,
    }
}

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
