//! Describes the running stack in files, for tests and tools to find it: target/local/<name>.json, and for a shell
//! target/local/<name>.env.

use super::StackOptions;
use super::tenants::TenantAccess;
use crate::paths::state_dir;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StackDescription {
    pub(crate) base_url: String,
    pub(crate) dynamodb_url: String,
    sqs_url: String,
    s3_url: String,
    pub(crate) table: String,
    bucket: String,
    /// The file to which functions write their calls, including those that tests start.
    call_log: Option<PathBuf>,
    /// URLs by the names of the template.
    queues: BTreeMap<String, String>,
    pub(crate) tenants: BTreeMap<String, TenantAccess>,
}

/// The addresses and names of a stack's resources.
pub(crate) struct StackResources {
    pub(crate) dynamodb_url: String,
    pub(crate) sqs_url: String,
    pub(crate) s3_url: String,
    pub(crate) table: String,
    pub(crate) bucket: String,
    /// URLs by the names of the template.
    pub(crate) queues: BTreeMap<String, String>,
}

impl StackDescription {
    pub(crate) fn new(
        options: &StackOptions,
        resources: StackResources,
        tenants: BTreeMap<String, TenantAccess>,
    ) -> Self {
        let StackResources { dynamodb_url, sqs_url, s3_url, table, bucket, queues } = resources;
        Self {
            base_url: format!("http://127.0.0.1:{}", options.port),
            dynamodb_url,
            sqs_url,
            s3_url,
            table,
            bucket,
            call_log: options.call_log.clone(),
            queues,
            tenants,
        }
    }
}

/// The files of a running stack, which are removed when it is dropped.
pub(crate) struct StackFile {
    pub(crate) path: PathBuf,
    pub(crate) description: StackDescription,
}

impl StackFile {
    /// Removes files that a killed process left behind: a description that exists is one of a running stack.
    pub(crate) fn remove(name: &str) {
        remove_files(&path_of(name));
    }

    /// Writes both files, the description last and at once, so that nobody reads half of it.
    pub(crate) fn write(name: &str, description: StackDescription, exports: &str) -> Result<Self> {
        let path = path_of(name);
        std::fs::write(path.with_extension("env"), exports)?;
        let mut file = NamedTempFile::new_in(state_dir())?;
        file.write_all(&serde_json::to_vec_pretty(&description)?)?;
        file.persist(&path)?;
        Ok(Self { path, description })
    }
}

impl Drop for StackFile {
    fn drop(&mut self) {
        remove_files(&self.path);
    }
}

fn remove_files(path: &Path) {
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_file(path.with_extension("env"));
}

fn path_of(name: &str) -> PathBuf {
    state_dir().join(format!("{name}.json"))
}
