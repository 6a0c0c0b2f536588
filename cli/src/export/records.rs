//! The pass over the records of an object.

use people_domain::export::{render_record_payload, render_row};
use people_domain::people::view::View;
use people_domain::schema::metadata::Object;
use people_storage::AssociatedRecords;
use serde_json::Value as Json;

use super::pass::ExportPass;
use super::state::ExportState;
use super::writer::ExportWriter;
use crate::args::export::ExportFormat;
use crate::error::CommandError;
use crate::pass_progress::PassProgress;

impl ExportPass<'_> {
    pub(super) async fn read_records(
        &self,
        state: &ExportState,
        object: &Object,
        writer: &ExportWriter,
        bar: &PassProgress,
        associated: &mut AssociatedRecords,
    ) -> Result<(), CommandError> {
        let since = state.since();
        self.write_object_pages(state, &object.name, writer, bar, async |after, rows| {
            let page = self.store.read_records_page(object, after, since, associated).await?;
            for record in &page.records {
                rows.push(&match state.format {
                    ExportFormat::Jsonl => Json::Object(render_row(object, View::Record(record))),
                    ExportFormat::Payload => render_record_payload(object, record),
                });
            }
            Ok(page.next)
        })
        .await
    }
}
