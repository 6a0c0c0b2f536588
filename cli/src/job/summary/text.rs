//! A job for people to read: a line for each thing that is known of it, narrower than a terminal.

use people_storage::jobs::JobKind;

use super::{Chunks, Rows, Summary};
use crate::output::table;

impl Summary {
    /// A line for each thing that is known of it.
    pub(super) fn text(&self) -> String {
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
            None if self.refused => format!("{}, the payload was refused", self.state),
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

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::moment;

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
            refused: message.is_some(),
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
        assert!(text.contains("\nstate     COMPLETED, the payload was refused\n"), "{text}");
        let awaited = Some(moment(0));
        let summary =
            Summary { awaited_until: awaited, state: "INIT", ..summary(JobKind::Upload, None) };
        let said = "INIT, awaiting its upload until 1970-01-01T00:00:00.000Z";
        assert!(summary.text().contains(said), "{}", summary.text());
    }
}
