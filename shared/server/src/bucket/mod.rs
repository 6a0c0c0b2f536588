//! The bucket: s3s-fs, a folder that answers the protocol of S3. Clients use it through presigned
//! URLs at the address of the server; the server itself calls it without a connection.

mod expiry;
mod object_store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use http::{Request, Response, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;

pub(crate) use expiry::remove_expired_objects;
pub(crate) use object_store::Notification;
use object_store::ObjectStore;

/// The key pair whose signatures the bucket accepts.
#[derive(Clone, Debug)]
pub struct BucketCredentials {
    pub id: String,
    pub secret: String,
}

/// The bucket's service. Clones share it.
#[derive(Clone)]
pub(crate) struct EmbeddedBucket {
    service: S3Service,
    /// The path of each object begins with this: `/name/`.
    prefix: String,
}

/// The folder of a bucket's objects, which is removed with it when it is temporary.
#[derive(Debug)]
pub(crate) enum ObjectFolder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl ObjectFolder {
    /// Opens the folder `kept`, or makes one that is removed when it is dropped.
    pub(crate) fn open(kept: Option<PathBuf>) -> Result<Self> {
        Ok(match kept {
            Some(path) => {
                std::fs::create_dir_all(&path)
                    .with_context(|| format!("can't create {}", path.display()))?;
                Self::Kept(path)
            }
            None => Self::Temporary(tempfile::tempdir().context(
                "no temporary folder can be created; --data DIR keeps the objects of jobs in DIR",
            )?),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

impl EmbeddedBucket {
    /// Opens the bucket `name` in the folder.
    pub(crate) fn open(
        folder: &ObjectFolder,
        name: &str,
        credentials: &BucketCredentials,
        notification: Notification,
    ) -> Result<Self> {
        let root = folder.path();
        std::fs::create_dir_all(root.join(name))?;
        let files =
            FileSystem::new(root).map_err(|error| anyhow!("the folder of objects: {error:?}"))?;
        let mut builder = S3ServiceBuilder::new(ObjectStore::new(files, notification));
        let BucketCredentials { id, secret } = credentials;
        builder.set_auth(SimpleAuth::from_single(id.as_str(), secret.as_str()));
        Ok(Self { service: builder.build(), prefix: format!("/{name}/") })
    }

    /// Whether a path is that of an object.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        path.starts_with(&self.prefix)
    }

    /// Answers a request for an object.
    pub(crate) async fn answer_request(&self, request: Request<s3s::Body>) -> Response<s3s::Body> {
        self.service.call(request).await.unwrap_or_else(|_| {
            let mut response = Response::new(s3s::Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }
}

impl std::fmt::Debug for EmbeddedBucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedBucket").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
