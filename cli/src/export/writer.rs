//! Writes the pages of an export in a thread of its own, and the state of the export whenever what
//! is written is durable.

use std::io;
use std::path::Path;

use people_storage::PeoplePosition;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::files::ExportFiles;
use super::rows::Rows;
use super::state::{ExportState, Progress};
use crate::error::CommandError;

/// Pages that wait for the writer. With the one that it writes and the one that is rendered they
/// bound the memory of an export.
const PAGES_WAITING_MAX: usize = 1;

/// Pages after which what is written is made durable: up to 16 MB of the table.
const PAGES_BETWEEN_SYNCS: usize = 16;

/// A page as it is written.
pub(super) struct RenderedPage {
    pub(super) rows: Vec<Rows>,
    pub(super) progress: PageProgress,
}

/// How far a pass is with a page.
pub(super) enum PageProgress {
    Records(String, Progress<String>),
    People(usize, Progress<PeoplePosition>),
}

/// A running writer.
pub(super) struct ExportWriter {
    pages: Sender<RenderedPage>,
    thread: JoinHandle<io::Result<ExportState>>,
}

impl ExportWriter {
    pub(super) fn start(directory: &Path, state: ExportState) -> Self {
        let (pages, receiver) = channel(PAGES_WAITING_MAX);
        let directory = directory.to_owned();
        let thread = tokio::task::spawn_blocking(move || write_pages(&directory, state, receiver));
        Self { pages, thread }
    }

    /// Gives a page to the writer; false if it has failed.
    pub(super) async fn send(&self, page: RenderedPage) -> bool {
        self.pages.send(page).await.is_ok()
    }

    /// Waits until all is written and durable.
    pub(super) async fn finish(self) -> Result<ExportState, CommandError> {
        drop(self.pages);
        let written = self.thread.await.map_err(io::Error::other).flatten();
        written.map_err(|error| {
            CommandError::Refused(format!(
                "the export can't be written: {error}; the same command goes on with it"
            ))
        })
    }
}

/// Writes pages until no more come. All is durable then, and each pass at the end of its last page.
fn write_pages(
    directory: &Path,
    mut state: ExportState,
    mut pages: Receiver<RenderedPage>,
) -> io::Result<ExportState> {
    // A directory with files and no state could not be gone on with.
    state.save(directory)?;
    let mut files = ExportFiles::new(directory, state.format, std::mem::take(&mut state.files));
    let mut waiting = 0;
    while let Some(page) = pages.blocking_recv() {
        for rows in &page.rows {
            files.write_rows(rows)?;
        }
        apply_progress(&mut state, page.progress);
        waiting += 1;
        if waiting == PAGES_BETWEEN_SYNCS {
            files.sync()?;
            state.files.clone_from(&files.files);
            state.save(directory)?;
            waiting = 0;
        }
    }
    if state.has_read_all() {
        files.close(&state.objects)?;
        state.is_complete = true;
    }
    files.sync()?;
    state.files = files.files;
    state.save(directory)?;
    Ok(state)
}

fn apply_progress(state: &mut ExportState, progress: PageProgress) {
    match progress {
        PageProgress::Records(object, progress) => _ = state.records.insert(object, progress),
        PageProgress::People(partition, progress) => {
            if let Some(own) = state.people.get_mut(partition) {
                *own = progress;
            }
        }
    }
}
