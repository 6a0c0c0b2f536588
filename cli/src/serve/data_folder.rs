//! The folder of `--data`: the table, the objects of jobs, and the secrets of the server.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use people_domain::ids::access_key::AccessKey;
use people_server::BucketCredentials;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::error::CommandError;

/// Permissions of folders and files: their owner's alone.
const FOLDER_MODE: u32 = 0o700;

/// A folder that this process alone uses.
#[derive(Debug)]
pub(crate) struct DataFolder {
    pub(crate) path: PathBuf,
    /// Locked until the process ends, however it does.
    _lock: File,
}

/// What a server must not change from one start to the next.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) access_key: AccessKey,
    bucket_key_id: String,
    bucket_secret: String,
}

/// The secrets as they are stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSecrets {
    access_key: String,
    bucket_key_id: String,
    bucket_secret: String,
}

impl DataFolder {
    /// Creates the folder if it does not exist, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let refuse = |error: &dyn std::fmt::Display| {
            CommandError::Refused(format!("--data {}: {error}", path.display()))
        };
        if !path.exists() {
            std::fs::create_dir_all(path).map_err(|error| refuse(&error))?;
            let mode = Permissions::from_mode(FOLDER_MODE);
            std::fs::set_permissions(path, mode).map_err(|error| refuse(&error))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(|error| refuse(&error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(refuse(&"another server uses this folder; end it or choose another folder"))
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

/// Reads the secrets of the folder, or makes new ones, which the folder then keeps.
pub(crate) fn read_secrets(data: Option<&DataFolder>) -> Result<Secrets, CommandError> {
    const NAME: &str = "secrets.json";
    let Some(data) = data else { return Secrets::new() };
    let path = data.path.join(NAME);
    let refuse = |problem: &dyn std::fmt::Display| {
        CommandError::Refused(format!("{}: {problem}", path.display()))
    };
    match std::fs::read(&path) {
        Ok(bytes) => Secrets::parse(&bytes)
            .ok_or_else(|| refuse(&"is damaged; remove it to get a new access key")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secrets = Secrets::new()?;
            data.write_file(NAME, &secrets.to_json()).map_err(|error| refuse(&error))?;
            Ok(secrets)
        }
        Err(error) => Err(refuse(&error)),
    }
}

impl Secrets {
    fn new() -> Result<Self, CommandError> {
        let random = || {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes)
                .map(|()| bytes)
                .map_err(|error| CommandError::Refused(format!("no random numbers: {error}")))
        };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let [bucket_key_id, bucket_secret] = [random()?, random()?].map(|bytes| hex(&bytes));
        Ok(Self { access_key: AccessKey::new(&random()?), bucket_key_id, bucket_secret })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let stored: StoredSecrets = serde_json::from_slice(bytes).ok()?;
        let StoredSecrets { access_key, bucket_key_id, bucket_secret } = stored;
        Some(Self { access_key: AccessKey::parse(&access_key)?, bucket_key_id, bucket_secret })
    }

    fn to_json(&self) -> Vec<u8> {
        let stored = StoredSecrets {
            access_key: self.access_key.expose_secret().to_owned(),
            bucket_key_id: self.bucket_key_id.clone(),
            bucket_secret: self.bucket_secret.clone(),
        };
        serde_json::to_vec_pretty(&stored).unwrap_or_default()
    }

    /// The key pair of upload URLs, which stay valid across a restart.
    pub(crate) fn bucket_credentials(&self) -> BucketCredentials {
        BucketCredentials { id: self.bucket_key_id.clone(), secret: self.bucket_secret.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_the_same_in_a_folder_and_are_their_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let data = DataFolder::open(&path).unwrap();
        let first = read_secrets(Some(&data)).unwrap();
        let second = read_secrets(Some(&data)).unwrap();
        assert_eq!(first.to_json(), second.to_json());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("secrets.json"))), (0o700, 0o600));
        std::fs::write(path.join("secrets.json"), "{").unwrap();
        assert!(read_secrets(Some(&data)).unwrap_err().to_string().contains("is damaged"));
        assert_ne!(read_secrets(None).unwrap().to_json(), read_secrets(None).unwrap().to_json());
    }

    #[test]
    fn a_folder_has_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let second = DataFolder::open(folder.path()).unwrap_err().to_string();
        assert!(second.contains("another server uses this folder"), "{second}");
        drop(first);
        DataFolder::open(folder.path()).unwrap();
    }
}
