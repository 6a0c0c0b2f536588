//! Removes the objects of jobs that are no longer kept, as the lifecycle rules of the bucket do on
//! AWS.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Removes files that are older than `age`, in the folder and all folders in it. What can't be read
/// or removed is left for the next time.
pub(crate) fn remove_expired_objects(folder: &Path, age: Duration) {
    let Some(oldest) = SystemTime::now().checked_sub(age) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            remove_expired_objects(&path, age);
        } else if metadata.modified().is_ok_and(|modified| modified < oldest) {
            _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn only_old_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("payload/acme");
        fs::create_dir_all(&inner).unwrap();
        let (old, new) = (inner.join("old"), inner.join("new"));
        let day = Duration::from_secs(86_400);
        File::create(&old).unwrap().set_modified(SystemTime::now() - day * 2).unwrap();
        File::create(&new).unwrap();
        remove_expired_objects(folder.path(), day);
        assert_eq!((old.exists(), new.exists()), (false, true));
    }
}
