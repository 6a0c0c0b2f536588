//! Parts one after the other in one object, each found again by its bytes.

use people_storage::jobs::PendingChunk;
use people_storage::{Result, StoreError};
use serde::Serialize;
use sha2::{Digest, Sha256};

use people_domain::jobs::ChunkPlan;

/// An object of parts, and a marker for each: what is to be done.
#[derive(Debug, Default)]
pub(crate) struct PlanFile {
    pub(crate) document: Vec<u8>,
    pub(crate) pending_chunks: Vec<PendingChunk>,
}

impl PlanFile {
    /// The plan of a job: a later part of a chain waits for the one before it.
    pub(crate) fn from_chunk_plans(chunks: &[ChunkPlan]) -> Result<Self> {
        let mut layout = Self::from_parts(chunks)?;
        for (todo, chunk) in layout.pending_chunks.iter_mut().zip(chunks) {
            todo.rows = chunk.row_count();
        }
        let links = chunks
            .iter()
            .zip(1..)
            .filter_map(|(chunk, number)| Some((number, chunk.next_in_chain()?)));
        for (number, next) in links {
            for todo in &mut layout.pending_chunks {
                todo.next = if todo.chunk == number { Some(next) } else { todo.next };
                todo.after = if todo.chunk == next { Some(number) } else { todo.after };
            }
        }
        Ok(layout)
    }

    /// The SHA-256 of the layout, as hexadecimal text.
    pub(crate) fn hash(&self) -> String {
        let hash = Sha256::digest(&self.document);
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Parts without an order.
    pub(crate) fn from_parts(parts: &[impl Serialize]) -> Result<Self> {
        let mut layout = Self::default();
        for (part, chunk) in parts.iter().zip(1..) {
            let start = layout.document.len() as u64;
            serde_json::to_writer(&mut layout.document, part)
                .map_err(|_| StoreError::Unexpected("a plan that can't be written".to_owned()))?;
            let plan = Some((start, layout.document.len() as u64));
            layout.pending_chunks.push(PendingChunk {
                chunk,
                plan,
                rows: 0,
                after: None,
                next: None,
            });
        }
        Ok(layout)
    }
}

/// Those that may be sent: a chunk that waits for another is sent when that one is settled, and
/// then has lost its marker.
pub(crate) fn sendable_chunks(todos: &[PendingChunk]) -> impl Iterator<Item = &PendingChunk> {
    let is_left = |chunk| todos.iter().any(|todo| todo.chunk == chunk);
    todos.iter().filter(move |todo| !todo.after.is_some_and(is_left))
}

/// The marker of a job that is one chunk, which is the whole payload.
pub(crate) fn single_chunk(rows: u32) -> [PendingChunk; 1] {
    [PendingChunk { chunk: 1, plan: None, rows, after: None, next: None }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_their_bytes() {
        let layout = PlanFile::from_parts(&[vec!["a"], vec!["b", "c"]]).unwrap();
        let parts = layout.pending_chunks.iter().map(|todo| {
            let (start, end) = todo.plan.unwrap();
            let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
            String::from_utf8(layout.document[start..end].to_vec()).unwrap()
        });
        assert_eq!(parts.collect::<Vec<_>>(), [r#"["a"]"#, r#"["b","c"]"#]);
        assert_eq!(layout.pending_chunks.iter().map(|todo| todo.chunk).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_chain_goes_on_when_what_it_waits_for_is_settled() {
        let todo = |chunk, after| PendingChunk { chunk, plan: None, rows: 0, after, next: None };
        let all = [todo(1, None), todo(2, None), todo(3, Some(2)), todo(4, Some(3))];
        let ready = |todos: &[PendingChunk]| {
            super::sendable_chunks(todos).map(|todo| todo.chunk).collect::<Vec<_>>()
        };
        assert_eq!(ready(&all), [1, 2]);
        assert_eq!(ready(&all[2..]), [3]);
        assert_eq!(ready(&all[3..]), [4]);
    }
}
