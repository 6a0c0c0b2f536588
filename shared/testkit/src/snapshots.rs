//! A bucket of snapshots in memory, for tests of the store alone.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use people_storage::{QueryCaller, QueryLimits, Result, SnapshotBucket};

/// Objects by key.
#[derive(Debug, Default)]
pub struct MemorySnapshots(Mutex<HashMap<String, Vec<u8>>>);

impl MemorySnapshots {
    /// All objects, and none afterwards.
    pub fn take_all(&self) -> HashMap<String, Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A caller that keeps its snapshots here.
    #[must_use]
    pub fn caller<'a>(&'a self, access_key: &'a str) -> QueryCaller<'a, Self> {
        QueryCaller { access_key, bucket: self, limits: QueryLimits::default() }
    }
}

impl SnapshotBucket for MemorySnapshots {
    async fn put_snapshot(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), bytes);
        Ok(())
    }

    async fn read_snapshot(&self, key: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        let range = usize::try_from(range.start).unwrap_or(usize::MAX)
            ..usize::try_from(range.end).unwrap_or(usize::MAX);
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(objects.get(key).and_then(|bytes| bytes.get(range)).map(<[u8]>::to_vec))
    }
}
