//! The file of variables with which other commands find this server, as shells read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

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

/// Writes a file that is named after the port. It is made anew and renamed: a file that another
/// user has put there is not written to.
fn write_temporary(base_url: &str, text: &str) -> std::io::Result<PathBuf> {
    let port = base_url.rsplit(':').next().unwrap_or_default();
    let folder = std::env::temp_dir();
    let path = folder.join(format!("people-serve-{port}.env"));
    let mut file = NamedTempFile::new_in(&folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path)?;
    Ok(path)
}
