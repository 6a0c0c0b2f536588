//! The pass over the records of an object.

use people_domain::export::{render_record_payload, render_row};
use people_domain::people::view::View;
use people_domain::schema::metadata::Object;
use people_storage::AssociatedRecords;
use serde_json::Value as Json;

use super::pass::ExportPass;
use super::state::{ExportState, Progress};
use super::writer::{ExportWriter, PageProgress, RenderedPage};
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
        let mut after = match state.records.get(&object.name) {
            Some(Progress::Done) => return Ok(()),
            Some(Progress::At(position)) => Some(position.clone()),
            Some(Progress::Unread) | None => None,
        };
        bar.begin_object(&object.name);
        loop {
            let (since, position) = (state.since(), after.as_deref());
            let page = self.store.read_records_page(object, position, since, associated).await?;
            let mut rows = self.new_rows(state, &object.name);
            for record in &page.records {
                rows.push(&match state.format {
                    ExportFormat::Jsonl => Json::Object(render_row(object, View::Record(record))),
                    ExportFormat::Payload => render_record_payload(object, record),
                });
            }
            bar.add_rows(rows.count);
            let progress = Progress::after_page(page.next.clone());
            let progress = PageProgress::Records(object.name.clone(), progress);
            if !writer.send(RenderedPage { rows: vec![rows], progress }).await {
                return Ok(());
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
