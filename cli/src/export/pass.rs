//! The passes of an export: companies, relationships and custom records before the people that
//! refer to them, so that an import finds what its rows name.

use std::path::Path;

use people_domain::px::PxObject;
use people_domain::schema::metadata::Metadata;
use people_storage::{AssociatedRecords, PeoplePosition, TenantStore};

use super::rows::{Framing, Rows};
use super::state::{ExportState, Progress};
use super::writer::ExportWriter;
use crate::error::CommandError;
use crate::pass_progress::{PARTITION_STEPS, PassProgress, step_of};
use crate::progress::report_progress;

/// An export of a tenant into a directory.
pub(super) struct ExportPass<'a> {
    pub(super) store: &'a TenantStore,
    pub(super) metadata: &'a Metadata,
    pub(super) directory: &'a Path,
}

impl ExportPass<'_> {
    /// Reads and writes what is missing.
    pub(super) async fn run(&self, state: ExportState) -> Result<ExportState, CommandError> {
        let bar = PassProgress::new(state.people.iter().map(count_steps).collect());
        let writer = ExportWriter::start(self.directory, state.clone());
        let reading = self.read_all(&state, &writer, &bar);
        let read = report_progress(reading, || bar.format_line()).await;
        bar.finish();
        // Whatever was read is made durable, also before the error of a call.
        let written = writer.finish().await?;
        read.map(|()| written)
    }

    async fn read_all(
        &self,
        state: &ExportState,
        writer: &ExportWriter,
        bar: &PassProgress,
    ) -> Result<(), CommandError> {
        let mut associated = AssociatedRecords::default();
        let records = state.objects.iter().filter_map(|name| self.metadata.object(name));
        for object in records.filter(|object| object.record_kind().is_some()) {
            self.read_records(state, object, writer, bar, &mut associated).await?;
        }
        for object in state.objects.iter().filter_map(|name| PxObject::from_schema_name(name)) {
            self.read_px_rows(state, object, writer, bar).await?;
        }
        if state.reads_people() {
            self.read_people(state, writer, bar, &mut associated).await?;
        }
        Ok(())
    }

    /// Empty rows of an object.
    pub(super) fn new_rows(&self, state: &ExportState, object: &str) -> Rows {
        Rows::new(object, Framing::of_format(state.format))
    }
}

/// The steps of a partition that are done.
fn count_steps(progress: &Progress<PeoplePosition>) -> u64 {
    match progress {
        Progress::Unread => 0,
        Progress::At(position) => step_of(&position.last),
        Progress::Done => PARTITION_STEPS,
    }
}
