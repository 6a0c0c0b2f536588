//! The secrets of a server, which stay the same from one start on its data to the next.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use people_domain::ids::access_key::AccessKey;
use people_server::BucketCredentials;
use serde::{Deserialize, Serialize};

use super::data_folder::DataFolder;
use crate::error::CommandError;

const FILE: &str = "secrets.json";

/// The secrets, and the folder that keeps them, if they are kept.
#[derive(Debug)]
pub(crate) struct Secrets {
    data: Option<DataFolder>,
    stored: StoredSecrets,
}

/// The secrets as they are stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSecrets {
    /// The access key that the server announces, by tenant.
    access_keys: BTreeMap<String, String>,
    bucket_key_id: String,
    bucket_secret: String,
}

impl Secrets {
    /// Reads the secrets of the folder, or makes new ones.
    pub(crate) fn open(data: Option<DataFolder>) -> Result<Self, CommandError> {
        let Some(folder) = &data else { return Ok(Self { data, stored: StoredSecrets::new()? }) };
        let path = folder.path.join(FILE);
        let refuse = |problem: &dyn std::fmt::Display| {
            CommandError::Refused(format!("{}: {problem}", path.display()))
        };
        let stored = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                refuse(
                    &"is damaged: remove it to get new secrets, then revoke the old access key \
                      with `people key revoke`",
                )
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => StoredSecrets::new()?,
            Err(error) => return Err(refuse(&error)),
        };
        let secrets = Self { data, stored };
        secrets.save()?;
        Ok(secrets)
    }

    /// The folder of the data.
    pub(crate) fn data(&self) -> Option<&DataFolder> {
        self.data.as_ref()
    }

    /// The key pair of upload URLs, which stay valid across a restart.
    pub(crate) fn bucket_credentials(&self) -> BucketCredentials {
        let StoredSecrets { bucket_key_id, bucket_secret, .. } = &self.stored;
        BucketCredentials { id: bucket_key_id.clone(), secret: bucket_secret.clone() }
    }

    /// The access key that the last server announced for a tenant.
    pub(crate) fn access_key(&self, tenant: &str) -> Option<AccessKey> {
        AccessKey::parse(self.stored.access_keys.get(tenant)?)
    }

    /// Keeps the access key of a tenant.
    pub(crate) fn set_access_key(
        &mut self,
        tenant: &str,
        key: &AccessKey,
    ) -> Result<(), CommandError> {
        let text = key.expose_secret().to_owned();
        self.stored.access_keys.insert(tenant.to_owned(), text);
        self.save()
    }

    fn save(&self) -> Result<(), CommandError> {
        let Some(data) = &self.data else { return Ok(()) };
        let text = serde_json::to_vec_pretty(&self.stored).map_err(std::io::Error::other);
        let saved = text.and_then(|text| data.write_file(FILE, &text));
        saved.map(|_| ()).map_err(|error| {
            CommandError::Refused(format!("{}: {error}", data.path.join(FILE).display()))
        })
    }
}

impl StoredSecrets {
    fn new() -> Result<Self, CommandError> {
        let random_hex = || {
            let bytes = random_bytes()?;
            Ok::<_, CommandError>(
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            )
        };
        let (bucket_key_id, bucket_secret) = (random_hex()?, random_hex()?);
        Ok(Self { access_keys: BTreeMap::new(), bucket_key_id, bucket_secret })
    }
}

/// Makes 256 random bits.
pub(crate) fn random_bytes() -> Result<[u8; 32], CommandError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| CommandError::Refused(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

impl std::fmt::Debug for StoredSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredSecrets(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_stay_the_same_in_a_folder_and_are_their_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let open = || Secrets::open(Some(DataFolder::open(&path).unwrap()));
        let mut first = open().unwrap();
        let key = AccessKey::new(&[7; 32]);
        first.set_access_key("acme", &key).unwrap();
        let id = first.bucket_credentials().id;
        drop(first);
        let second = open().unwrap();
        assert_eq!(second.bucket_credentials().id, id);
        let kept = second.access_key("acme").unwrap();
        assert_eq!(kept.expose_secret(), key.expose_secret());
        assert!(second.access_key("demo").is_none());
        let mode = path.join(FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(second);
        std::fs::write(path.join(FILE), "{").unwrap();
        assert!(open().unwrap_err().to_string().contains("is damaged"));
        let fresh = || Secrets::open(None).unwrap().bucket_credentials().id;
        assert_ne!(fresh(), fresh());
    }
}
