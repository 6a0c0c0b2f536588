//! Snapshots of ranked rows: the keys of all rows of a query in their order, so that its pages stand
//! still. A snapshot holds keys alone, and no value of any row.

use std::future::Future;
use std::ops::Range;
use std::time::Duration;

use people_domain::ids::stamp::{STAMP_CHARS, Stamp};
use people_domain::limit;
use people_domain::query::RowKey;

use super::position::SnapshotPosition;
use crate::table::entropy::random_u128;
use crate::{Result, StoreError, TenantStore};

/// The age from which a page renews its snapshot. The bucket keeps snapshots for two days and
/// positions are kept for one, so that the next page finds one that is younger.
const RENEWAL_AGE: Duration = Duration::from_secs(limit::QUERY_POSITION_HOURS * 3_600);

/// The bucket that keeps snapshots for two days.
pub trait SnapshotBucket: Sync {
    /// Puts an object.
    fn put_snapshot(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<()>> + Send;

    /// Reads a range of an object's bytes; `None` if there is no such object.
    fn read_snapshot(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
}

/// The snapshots of one tenant.
pub(super) struct Snapshots<'s, B> {
    pub(super) store: &'s TenantStore,
    pub(super) bucket: &'s B,
}

impl<B: SnapshotBucket> Snapshots<'_, B> {
    fn object_key(&self, id: &str) -> String {
        format!("snapshot/{}/{id}", self.store.tenant.id)
    }

    /// Stores the keys of ranked rows and returns the snapshot's id, which begins with the time.
    pub(super) async fn store_keys(&self, keys: &[RowKey], now: Stamp) -> Result<String> {
        let id = format!("{}{:032x}", now.as_str(), random_u128());
        let mut bytes = Vec::new();
        keys.iter().for_each(|key| bytes.extend_from_slice(key.to_text().as_bytes()));
        self.bucket.put_snapshot(&self.object_key(&id), bytes).await?;
        Ok(id)
    }

    /// Stores the keys that are left of a snapshot once the bucket may soon remove it, so that pages
    /// go on however long they take in all.
    pub(super) async fn renew(
        &self,
        position: SnapshotPosition,
        width: usize,
        now: Stamp,
    ) -> Result<SnapshotPosition> {
        let left = position.rows.saturating_sub(position.index);
        let stored = position.id.get(..STAMP_CHARS).and_then(Stamp::parse);
        if left == 0 || stored.is_none_or(|stored| stored.later_by(RENEWAL_AGE) > now) {
            return Ok(position);
        }
        let Some(keys) = self.read_keys(&position, left, width).await? else { return Ok(position) };
        let id = self.store_keys(&keys, now).await?;
        Ok(SnapshotPosition { id, index: 0, rows: keys.len() })
    }

    /// Reads at most `count` keys from a position on, each of `width` bytes; `None` if the snapshot
    /// is gone.
    pub(super) async fn read_keys(
        &self,
        position: &SnapshotPosition,
        count: usize,
        width: usize,
    ) -> Result<Option<Vec<RowKey>>> {
        let end = position.index.saturating_add(count).min(position.rows);
        if end <= position.index {
            return Ok(Some(Vec::new()));
        }
        let offset = |index: usize| (index * width) as u64;
        let range = offset(position.index)..offset(end);
        let bytes = self.bucket.read_snapshot(&self.object_key(&position.id), range).await?;
        let Some(bytes) = bytes else { return Ok(None) };
        let parse = |bytes: &[u8]| RowKey::parse(std::str::from_utf8(bytes).ok()?);
        let keys: Option<Vec<_>> = bytes.chunks(width).map(parse).collect();
        keys.map(Some).ok_or_else(|| StoreError::corrupt("snapshot"))
    }
}
