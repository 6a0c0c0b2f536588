//! The result of an import.

use std::fmt;

use people_domain::count::format_count;
use people_storage::ImportedRecords;
use serde::Serialize;

use crate::job::JobSummary;
use crate::output::{CommandOutput, format_table};

/// The exit code when rows failed, as `--help` lists it.
const EXIT_ROWS_FAILED: u8 = 4;

/// Companies, relationships and records of custom objects.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct RecordCounts {
    inserted: u64,
    updated: u64,
    unchanged: u64,
    pub(super) failed: u64,
}

#[derive(Debug, Default, Serialize)]
struct PeopleCounts {
    success: u64,
    partial: u64,
    failure: u64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ImportResult {
    pub(super) records: RecordCounts,
    people: PeopleCounts,
    jobs: Vec<String>,
    /// Jobs of which rows failed, wholly or in part.
    #[serde(skip)]
    failed_jobs: Vec<String>,
    /// People that fields refer to and that the tenant does not have.
    #[serde(rename = "unresolvedPeople")]
    pub(super) unresolved: usize,
}

impl RecordCounts {
    pub(super) fn add(&mut self, imported: ImportedRecords) {
        self.inserted += imported.inserted as u64;
        self.updated += imported.updated as u64;
        self.unchanged += imported.unchanged as u64;
    }

    /// The difference to an earlier count.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            inserted: self.inserted - before.inserted,
            updated: self.updated - before.updated,
            unchanged: self.unchanged - before.unchanged,
            failed: self.failed - before.failed,
        }
    }
}

impl fmt::Display for RecordCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inserted, updated, unchanged, failed } = self;
        write!(f, "{inserted} inserted, {updated} updated, {unchanged} unchanged, {failed} refused")
    }
}

impl ImportResult {
    /// Adds the rows of a completed job.
    pub(super) fn add_job(&mut self, summary: &JobSummary) {
        let [success, partial, failure] = summary.row_counts();
        self.people.success += success;
        self.people.partial += partial;
        self.people.failure += failure;
        self.jobs.push(summary.id().to_owned());
        if summary.has_failures() {
            self.failed_jobs.push(summary.id().to_owned());
        }
    }

    /// Adds the jobs of the second step, whose rows are people that count already; those who failed
    /// in this step alone are written in part.
    pub(super) fn add_second_step(&mut self, again: Self, failed: u64) {
        self.people.success = self.people.success.saturating_sub(failed);
        self.people.partial += failed;
        self.jobs.extend(again.jobs);
        self.failed_jobs.extend(again.failed_jobs);
    }

    pub(super) fn into_output(self, tenant: &str) -> CommandOutput {
        let RecordCounts { inserted, updated, unchanged, failed } = self.records;
        let PeopleCounts { success, partial, failure } = self.people;
        let line = |name: &str, count: u64| [name.to_owned(), count.to_string()];
        let text = format_table(
            ["RESULT", "ROWS"],
            vec![
                line("records inserted", inserted),
                line("records updated", updated),
                line("records unchanged", unchanged),
                line("records refused", failed),
                line("people success", success),
                line("people partial", partial),
                line("people failure", failure),
            ],
        );
        let mut notes = Vec::new();
        if self.unresolved > 0 {
            notes.push(format!(
                "{} in fields: who they are is not in the directory, so those fields were left out.",
                format_count(self.unresolved as u64, "person id")
            ));
        }
        notes.extend(self.failed_jobs.iter().map(|job| {
            format!("`people job results {tenant} {job} --failed` shows the rows that failed.")
        }));
        let has_failed = failed > 0 || !self.failed_jobs.is_empty();
        let output = CommandOutput::new(self, text);
        let output = if notes.is_empty() { output } else { output.with_note(notes.join("\n")) };
        if has_failed { output.with_exit_code(EXIT_ROWS_FAILED) } else { output }
    }
}
