//! The folder of `--data`: the table, the objects of jobs, and the secrets of the server. Everything
//! in it is the server's own: it removes objects that have expired.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::CommandError;

/// The file whose lock says that a server uses the folder.
const LOCK_FILE: &str = "lock";

/// Permissions of folders and files: their owner's alone.
const FOLDER_MODE: u32 = 0o700;

/// A folder that this process alone uses.
#[derive(Debug)]
pub(crate) struct DataFolder {
    pub(crate) path: PathBuf,
    /// Locked until the process ends, however it does.
    _lock: File,
}

impl DataFolder {
    /// Creates the folder if it does not exist, and locks it. A folder with other files is refused.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let refuse = |error: &dyn std::fmt::Display| {
            let path = path.display();
            CommandError::Refused(format!("--data {path}: {error}"))
        };
        if !path.exists() {
            std::fs::create_dir_all(path).map_err(|error| refuse(&error))?;
            let mode = Permissions::from_mode(FOLDER_MODE);
            std::fs::set_permissions(path, mode).map_err(|error| refuse(&error))?;
        } else if !is_own(path).map_err(|error| refuse(&error))? {
            return Err(refuse(&"has other files; choose a new or an empty folder"));
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK_FILE))
            .map_err(|error| refuse(&error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(refuse(&"another server uses this folder: end it, or choose another folder"))
            }
            Err(TryLockError::Error(error)) => Err(refuse(&error)),
        }
    }

    /// Writes a file at once, which its owner alone can read.
    pub(crate) fn write_file(&self, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
        let mut file = NamedTempFile::new_in(&self.path)?;
        file.write_all(content)?;
        let path = self.path.join(name);
        file.persist(&path)?;
        Ok(path)
    }
}

/// Whether a folder is empty, or that of an earlier server.
fn is_own(path: &Path) -> std::io::Result<bool> {
    Ok(path.join(LOCK_FILE).exists() || path.read_dir()?.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let second = DataFolder::open(folder.path()).unwrap_err().to_string();
        assert!(second.contains("another server uses this folder"), "{second}");
        drop(first);
        DataFolder::open(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("objects")).unwrap();
        let refused = DataFolder::open(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("has other files"), "{refused}");
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(DataFolder::open(&file).is_err());
    }
}
