//! The pass over the users or accounts of Gainsight PX.

use people_domain::px::PxObject;

use super::pass::ExportPass;
use super::state::{ExportState, Progress};
use super::writer::{ExportWriter, PageProgress, RenderedPage};
use crate::error::CommandError;
use crate::pass_progress::PassProgress;

impl ExportPass<'_> {
    pub(super) async fn read_px_rows(
        &self,
        state: &ExportState,
        object: PxObject,
        writer: &ExportWriter,
        bar: &PassProgress,
    ) -> Result<(), CommandError> {
        let name = object.schema_name();
        let mut after = match state.records.get(name) {
            Some(Progress::Done) => return Ok(()),
            Some(Progress::At(position)) => Some(position.clone()),
            Some(Progress::Unread) | None => None,
        };
        bar.begin_object(name);
        loop {
            let (since, position) = (state.since(), after.as_deref());
            let page = self.store.read_px_page(object, position, since, self.metadata).await?;
            let mut rows = self.new_rows(state, name);
            page.rows.iter().for_each(|row| rows.push(row));
            bar.add_rows(rows.count);
            let progress = Progress::after_page(page.next.clone());
            let progress = PageProgress::Records(name.to_owned(), progress);
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
