//! The file of variables with which other commands find this server, as shells read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::data_folder::DataFolder;
use crate::output::print_message;

/// A file that is removed when the server ends in order.
#[derive(Debug)]
pub(crate) struct EnvironmentFile {
    path: PathBuf,
}

impl EnvironmentFile {
    /// Writes the file to the folder of the data, or to the user's home. `None`, with a message,
    /// where it can't be written: the server works without it.
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
        let written = match data {
            Some(data) => data.write_file("serve.env", text.as_bytes()),
            None => write_to_home(base_url, &text),
        };
        match written {
            Ok(path) => Some(Self { path }),
            Err(error) => {
                print_message(&format!(
                    "No file of variables can be written for the other commands: {error}"
                ));
                None
            }
        }
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

/// Writes a file that is named after the port to the folder `.people` of the user's home, where
/// nobody else can write.
fn write_to_home(base_url: &str, text: &str) -> std::io::Result<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.ok_or_else(|| std::io::Error::other("HOME is not set"))?;
    let folder = Path::new(&home).join(".people");
    std::fs::create_dir_all(&folder)?;
    let port = base_url.rsplit(':').next().unwrap_or_default();
    let path = folder.join(format!("serve-{port}.env"));
    let mut file = NamedTempFile::new_in(&folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path)?;
    Ok(path)
}
