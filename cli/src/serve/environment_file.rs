//! The file of variables with which other commands find this server, as shells read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::data_folder::DataFolder;

/// A file that is removed when the server ends in order.
#[derive(Debug)]
pub(crate) struct EnvironmentFile {
    path: PathBuf,
}

impl EnvironmentFile {
    /// Writes the file to the folder of the data, or to that of temporary files. `None` where it
    /// can't be written: the server works without it.
    pub(crate) fn write(
        data: Option<&DataFolder>,
        base_url: &str,
        variables: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let mut text = String::new();
        for (name, value) in variables {
            // No value has a quote: they are numbers, names, URLs and keys of letters and digits.
            _ = writeln!(text, "export {name}='{value}'");
        }
        text += "unset AWS_PROFILE AWS_SESSION_TOKEN\n";
        let path = match data {
            Some(data) => data.write_file("serve.env", text.as_bytes()).ok()?,
            None => write_temporary(base_url, &text).ok()?,
        };
        Some(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for EnvironmentFile {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.path);
    }
}

/// Writes a file that did not exist: one that another user made could be read, or be a link.
fn write_temporary(base_url: &str, text: &str) -> std::io::Result<PathBuf> {
    let port = base_url.rsplit(':').next().unwrap_or_default();
    let name = format!("people-serve-{port}-{}.env", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}
