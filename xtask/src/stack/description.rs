//! The running stack in a file, for tests and tools to find it: target/local/<name>.json; and as an environment for a
//! shell: target/local/<name>.env.

use super::Options;
use super::emulators::Emulators;
use super::resources::Made;
use super::tenants::Tenant;
use crate::root::local;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Description {
    pub(crate) base_url: String,
    pub(crate) dynamodb_url: String,
    sqs_url: String,
    s3_url: String,
    pub(crate) table: String,
    bucket: String,
    /// Where functions write down their calls, those that tests start too.
    call_log: Option<PathBuf>,
    /// URLs, by the names of the template.
    queues: BTreeMap<String, String>,
    pub(crate) tenants: BTreeMap<String, Tenant>,
}

impl Description {
    pub(crate) fn new(
        options: &Options,
        emulators: &Emulators,
        made: Made,
        tenants: BTreeMap<String, Tenant>,
    ) -> Self {
        Self {
            base_url: format!("http://127.0.0.1:{}", options.port),
            dynamodb_url: emulators.dynamodb.url().to_owned(),
            sqs_url: emulators.ministack.url().to_owned(),
            s3_url: emulators.ministack.url().to_owned(),
            table: made.table,
            bucket: made.bucket,
            call_log: options.call_log.clone(),
            queues: made.queues.into_iter().map(|(name, queue)| (name, queue.url)).collect(),
            tenants,
        }
    }
}

/// A description that others can read; the file goes with it.
pub(crate) struct Published {
    pub(crate) path: PathBuf,
    pub(crate) description: Description,
}

impl Published {
    /// Takes away what a killed process has left: a description that can be read is one of a running stack.
    pub(crate) fn forget(name: &str) {
        forget(&path(name));
    }

    /// Written beside and moved into place, so that no one reads half of it.
    pub(crate) fn new(name: &str, description: Description, exports: &str) -> Result<Self> {
        let path = path(name);
        std::fs::write(path.with_extension("env"), exports)?;
        let draft = path.with_extension("draft");
        std::fs::write(&draft, serde_json::to_vec_pretty(&description)?)?;
        std::fs::rename(draft, &path)?;
        Ok(Self { path, description })
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        forget(&self.path);
    }
}

fn forget(path: &Path) {
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_file(path.with_extension("env"));
}

fn path(name: &str) -> PathBuf {
    local().join(format!("{name}.json"))
}
