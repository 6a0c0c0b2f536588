//! The summary as text: a line for each known value, narrower than a terminal.

use people_storage::jobs::JobKind;

use super::{ChunkSummary, JobSummary, RowSummary};
use crate::output::format_table;

impl JobSummary {
    pub(super) fn to_text(&self) -> String {
        let ChunkSummary { total, settled } = self.chunks;
        let mut lines = vec![
            ("kind", self.kind.as_str().to_owned()),
            ("state", self.format_state()),
            ("accepted", self.accepted.clone()),
            ("chunks", format_optional(total.map(|total| format!("{settled}/{total}")))),
        ];
        if self.kind == JobKind::Delete {
            lines.push(("erased", self.erased.to_string()));
        } else {
            let RowSummary { total, success, partial, failure } = self.rows;
            let counts = [("success", success), ("partial", partial), ("failure", failure)];
            lines.push(("rows", format_optional(total)));
            lines.extend(counts.map(|(name, count)| (name, count.to_string())));
        }
        lines.push((
            "seconds",
            format_optional(self.seconds.map(|seconds| format!("{seconds:.3}"))),
        ));
        if self.kind != JobKind::Delete {
            lines.push(("rows/s", format_optional(self.rows_per_second)));
        }
        lines.extend(self.message.clone().map(|message| ("message", message)));
        let rows = lines.into_iter().map(|(name, value)| [name.to_owned(), value]);
        format_table(["JOB", &self.id], rows.collect())
    }

    fn format_state(&self) -> String {
        match &self.awaited_until {
            Some(until) => format!("{}, awaiting its upload until {until}", self.state),
            None if self.refused => format!("{}, the payload was refused", self.state),
            None => self.state.to_owned(),
        }
    }
}

fn format_optional(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::format_time;

    fn summary(kind: JobKind, message: Option<&str>) -> JobSummary {
        JobSummary {
            id: "01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4".to_owned(),
            kind,
            state: "COMPLETED",
            accepted: format_time(0),
            awaited_until: None,
            chunks: ChunkSummary { total: Some(2), settled: 2 },
            rows: RowSummary { total: Some(700), success: 690, partial: 4, failure: 6 },
            erased: 3,
            seconds: Some(1.5),
            rows_per_second: Some(466),
            refused: message.is_some(),
            message: message.map(str::to_owned),
        }
    }

    #[test]
    fn a_job_is_told_line_by_line() {
        let text = summary(JobKind::Upload, None).to_text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "JOB       01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4");
        assert!(lines.contains(&"failure   6") && lines.contains(&"chunks    2/2"), "{text}");
        assert!(lines.iter().all(|line| line.len() < 80), "{text}");
        let text = summary(JobKind::Delete, Some("No")).to_text();
        assert!(text.contains("erased    3") && !text.contains("rows"), "{text}");
        assert!(text.ends_with("\nmessage   No"), "{text}");
        assert!(text.contains("\nstate     COMPLETED, the payload was refused\n"), "{text}");
        let awaited = Some(format_time(0));
        let summary =
            JobSummary { awaited_until: awaited, state: "INIT", ..summary(JobKind::Upload, None) };
        let expected = "INIT, awaiting its upload until 1970-01-01T00:00:00.000Z";
        assert!(summary.to_text().contains(expected), "{}", summary.to_text());
    }
}
