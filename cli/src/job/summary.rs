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
    /// Until when its payload may be uploaded, while it is not there.
    awaited_until: Option<String>,
    chunks: Chunks,
    rows: Rows,
    erased: u64,
    /// To completion from acceptance, of an upload from its arrival.
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

    /// A line for each thing that is known of it.
    fn text(&self) -> String {
        let Chunks { total, settled } = self.chunks;
        let mut lines = vec![
            ("kind", self.kind().to_owned()),
            ("state", self.state()),
            ("accepted", self.accepted.clone()),
            ("chunks", known(total.map(|total| format!("{settled}/{total}")))),
        ];
        if self.kind == JobKind::Delete {
            lines.push(("erased", self.erased.to_string()));
        } else {
            let Rows { total, success, partial, failure } = self.rows;
            let counts = [("success", success), ("partial", partial), ("failure", failure)];
            lines.push(("rows", known(total)));
            lines.extend(counts.map(|(name, count)| (name, count.to_string())));
        }
        lines.push(("seconds", known(self.seconds.map(|seconds| format!("{seconds:.3}")))));
        if self.kind != JobKind::Delete {
            lines.push(("rows/s", known(self.rows_per_second)));
        }
        lines.extend(self.message.clone().map(|message| ("message", message)));
        let rows = lines.into_iter().map(|(name, value)| [name.to_owned(), value]);
        table(["JOB", &self.id], rows.collect())
    }

    fn state(&self) -> String {
        match &self.awaited_until {
            Some(until) => format!("{}, awaiting its upload until {until}", self.state),
            None => self.state.to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            JobKind::Async => "async",
            JobKind::Bulk => "bulk",
            JobKind::Upload => "upload",
            JobKind::Delete => "delete",
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(kind: JobKind, message: Option<&str>) -> Summary {
        Summary {
            id: "01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4".to_owned(),
            kind,
            state: "COMPLETED",
            accepted: moment(0),
            awaited_until: None,
            chunks: Chunks { total: Some(2), settled: 2 },
            rows: Rows { total: Some(700), success: 690, partial: 4, failure: 6 },
            erased: 3,
            seconds: Some(1.5),
            rows_per_second: Some(466),
            message: message.map(str::to_owned),
        }
    }

    #[test]
    fn a_job_is_told_line_by_line() {
        let text = summary(JobKind::Upload, None).text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "JOB       01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4");
        assert!(lines.contains(&"failure   6") && lines.contains(&"chunks    2/2"), "{text}");
        assert!(lines.iter().all(|line| line.len() < 80), "{text}");
        let text = summary(JobKind::Delete, Some("No")).text();
        assert!(text.contains("erased    3") && !text.contains("rows"), "{text}");
        assert!(text.ends_with("\nmessage   No"), "{text}");
        let awaited = Some(moment(0));
        let summary =
            Summary { awaited_until: awaited, state: "INIT", ..summary(JobKind::Upload, None) };
        let said = "INIT, awaiting its upload until 1970-01-01T00:00:00.000Z";
        assert!(summary.text().contains(said), "{}", summary.text());
    }
}
