//! Snapshots of queries: objects of the bucket that are kept for a day.

use std::ops::Range;

use aws_config::SdkConfig;
use people_storage::{Result, SnapshotBucket};

use crate::bucket::{Bucket, BucketResult};
use crate::{Config, Error};

/// The bucket as the keeper of snapshots.
#[derive(Debug, Clone)]
pub struct QuerySnapshots {
    pub(crate) bucket: Bucket,
}

impl QuerySnapshots {
    /// Connects with the settings of the environment. The first call opens the connection.
    #[must_use]
    pub fn connect(shared: &SdkConfig) -> Self {
        Self { bucket: Bucket::connect(shared, &Config::from_env().bucket) }
    }
}

impl SnapshotBucket for QuerySnapshots {
    async fn put_snapshot(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        to_store_result(self.bucket.put_object(key, bytes.into()).await)
    }

    async fn read_snapshot(&self, key: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        let bytes = to_store_result(self.bucket.read_optional_range(key, range).await)?;
        Ok(bytes.map(Vec::from))
    }
}

fn to_store_result<T>(result: BucketResult<T>) -> Result<T> {
    result.map_err(|error| Error::from(error).into())
}
