//! The pass over the users or accounts of Gainsight PX.

use people_domain::px::PxObject;

use super::pass::ExportPass;
use super::state::ExportState;
use super::writer::ExportWriter;
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
        let since = state.since();
        self.write_object_pages(state, object.schema_name(), writer, bar, async |after, rows| {
            let page = self.store.read_px_page(object, after, since, self.metadata).await?;
            page.rows.iter().for_each(|row| rows.push(row));
            Ok(page.next)
        })
        .await
    }
}
