//! Writes to a temporary file next to the target and renames it into place on success; until then
//! the target is untouched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

pub(crate) struct AtomicFile {
    out: BufWriter<File>,
    /// The temporary file, which is deleted when dropped, and the target; `None` for a device or a
    /// pipe, which is written directly.
    paths: Option<(TempPath, PathBuf)>,
}

impl AtomicFile {
    /// Opens a file that will replace `path`. Fails if nothing can be written there.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let existing = fs::metadata(path).ok();
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self { out: BufWriter::new(file), paths: None });
        }
        // The target of a symbolic link is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (file, temporary) = create_temporary(&target)?;
        if let Some(existing) = existing {
            // The new rows are readable by those who could read the old ones, and by nobody else.
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self { out: BufWriter::new(file), paths: Some((temporary, target)) })
    }

    /// Renames the complete file to its target, once its bytes are on the disk.
    pub(crate) fn commit(mut self) -> io::Result<()> {
        self.out.flush()?;
        match self.paths {
            Some((temporary, target)) => {
                self.out.get_ref().sync_all()?;
                temporary.persist(target).map_err(|failed| failed.error)
            }
            None => Ok(()),
        }
    }
}

/// Creates a file in the target's directory, so that renaming it is atomic. `make_in` and not
/// `tempfile_in`: the mode follows the umask, and an error does not name the temporary file.
fn create_temporary(target: &Path) -> io::Result<(File, TempPath)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let prefix = format!(".{}.", name.to_string_lossy());
    let directory = target.parent().unwrap_or(Path::new(""));
    let created = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .make_in(directory, |path| OpenOptions::new().write(true).create_new(true).open(path));
    Ok(created?.into_parts())
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn open_with(path: &Path, text: &str) -> AtomicFile {
        let mut file = AtomicFile::new(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn what_is_there_stays_until_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let count_files = || fs::read_dir(&folder).unwrap().count();
        open_with(&path, "one").commit().unwrap();
        drop(open_with(&path, "broken off"));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), count_files()), ("one", 1));
        open_with(&path, "two").commit().unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), count_files()), ("two", 1));
        assert!(AtomicFile::new(folder.path()).is_err(), "a folder is not a file");
    }

    #[test]
    fn a_file_has_the_mode_of_the_one_it_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (new, plain) = (folder.path().join("new"), folder.path().join("plain"));
        open_with(&new, "").commit().unwrap();
        File::create(&plain).unwrap();
        assert_eq!(mode(&new), mode(&plain), "a new file is as the umask has it");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o640)).unwrap();
        open_with(&new, "rows").commit().unwrap();
        assert_eq!(mode(&new), 0o640);
    }

    #[test]
    fn a_link_stays_and_its_target_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("rows"), folder.path().join("link"));
        fs::write(&target, "one").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        open_with(&link, "two").commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
    }

    #[test]
    fn a_missing_folder_is_named_without_the_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none").join("rows.csv");
        let error = AtomicFile::new(&missing).err().unwrap();
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }
}
