//! The plan file: the parts of a job's plan one after the other in one object, each of which is
//! read by its byte range (ADR 16).

use people_domain::jobs::ChunkPlan;
use people_storage::jobs::PendingChunk;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::bucket::BucketResult;
use crate::error::ServiceError;

/// The bytes of a plan file, and the pending chunk marker of each of its parts.
#[derive(Debug, Default)]
pub(crate) struct PlanFile {
    pub(crate) document: Vec<u8>,
    pub(crate) pending_chunks: Vec<PendingChunk>,
}

impl PlanFile {
    /// Builds the plan file of an upsert: a later part of a chain waits for the one before it.
    pub(crate) fn from_chunk_plans(chunks: &[ChunkPlan]) -> BucketResult<Self> {
        let mut file = Self::from_parts(chunks)?;
        for (pending_chunk, chunk) in file.pending_chunks.iter_mut().zip(chunks) {
            pending_chunk.rows = chunk.row_count();
        }
        let links = chunks
            .iter()
            .zip(1..)
            .filter_map(|(chunk, number)| Some((number, chunk.next_in_chain()?)));
        for (number, next) in links {
            for pending_chunk in &mut file.pending_chunks {
                if pending_chunk.chunk == number {
                    pending_chunk.next = Some(next);
                }
                if pending_chunk.chunk == next {
                    pending_chunk.after = Some(number);
                }
            }
        }
        Ok(file)
    }

    /// The first 16 bytes of the file's SHA-256, as hexadecimal text.
    pub(crate) fn hash(&self) -> String {
        let hash = Sha256::digest(&self.document);
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Builds a plan file of parts that wait for no other.
    pub(crate) fn from_parts(parts: &[impl Serialize]) -> BucketResult<Self> {
        let mut file = Self::default();
        for (part, chunk) in parts.iter().zip(1..) {
            let start = file.document.len() as u64;
            serde_json::to_writer(&mut file.document, part).map_err(|error| {
                ServiceError::refused(format!("part {chunk} of the plan is no JSON: {error}"))
            })?;
            let plan = Some((start, file.document.len() as u64));
            let pending_chunk = PendingChunk { chunk, plan, rows: 0, after: None, next: None };
            file.pending_chunks.push(pending_chunk);
        }
        Ok(file)
    }
}

/// The chunks that may be sent: one that waits for another is sent once that is settled and has
/// lost its marker.
pub(crate) fn sendable_chunks(pending: &[PendingChunk]) -> impl Iterator<Item = &PendingChunk> {
    let is_pending = |number| pending.iter().any(|other| other.chunk == number);
    pending.iter().filter(move |chunk| !chunk.after.is_some_and(is_pending))
}

/// The marker of a job's only chunk, which is the whole payload.
pub(crate) fn single_chunk(rows: u32) -> [PendingChunk; 1] {
    [PendingChunk { chunk: 1, plan: None, rows, after: None, next: None }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_their_bytes() {
        let file = PlanFile::from_parts(&[vec!["a"], vec!["b", "c"]]).unwrap();
        let parts = file.pending_chunks.iter().map(|chunk| {
            let (start, end) = chunk.plan.unwrap();
            let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
            String::from_utf8(file.document[start..end].to_vec()).unwrap()
        });
        assert_eq!(parts.collect::<Vec<_>>(), [r#"["a"]"#, r#"["b","c"]"#]);
        assert_eq!(file.pending_chunks.iter().map(|chunk| chunk.chunk).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_chain_goes_on_when_what_it_waits_for_is_settled() {
        let pending = |chunk, after| PendingChunk { chunk, plan: None, rows: 0, after, next: None };
        let all = [pending(1, None), pending(2, None), pending(3, Some(2)), pending(4, Some(3))];
        let sendable = |pending: &[PendingChunk]| {
            sendable_chunks(pending).map(|chunk| chunk.chunk).collect::<Vec<_>>()
        };
        assert_eq!(sendable(&all), [1, 2]);
        assert_eq!(sendable(&all[2..]), [3]);
        assert_eq!(sendable(&all[3..]), [4]);
    }
}
