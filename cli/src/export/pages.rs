//! The pages of a pass over the rows of one object, from where it stood.

use super::pass::ExportPass;
use super::rows::Rows;
use super::state::{ExportState, Progress};
use super::writer::{ExportWriter, PageProgress, RenderedPage};
use crate::error::CommandError;
use crate::pass_progress::PassProgress;

impl ExportPass<'_> {
    /// Writes the pages of an object that are not written. `read` adds the rows of the page after a
    /// position and returns the position of the next one.
    pub(super) async fn write_object_pages(
        &self,
        state: &ExportState,
        object: &str,
        writer: &ExportWriter,
        bar: &PassProgress,
        mut read: impl AsyncFnMut(Option<&str>, &mut Rows) -> Result<Option<String>, CommandError>,
    ) -> Result<(), CommandError> {
        let mut after = match state.records.get(object) {
            Some(Progress::Done) => return Ok(()),
            Some(Progress::At(position)) => Some(position.clone()),
            Some(Progress::Unread) | None => None,
        };
        bar.begin_object(object);
        loop {
            let mut rows = self.new_rows(state, object);
            after = read(after.as_deref(), &mut rows).await?;
            bar.add_rows(rows.count);
            let progress = Progress::after_page(after.clone());
            let progress = PageProgress::Records(object.to_owned(), progress);
            if !writer.send(RenderedPage { rows: vec![rows], progress }).await || after.is_none() {
                return Ok(());
            }
        }
    }
}
