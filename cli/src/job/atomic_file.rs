//! A file that comes to be once it is whole: until then what is written stands beside it, and what
//! is there under its name stays.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub(super) struct AtomicFile {
    out: BufWriter<File>,
    /// Where it stands, and what it will be; none of a device or a pipe, which are written at once.
    paths: Option<(PathBuf, PathBuf)>,
}

impl AtomicFile {
    /// Begins a file of this name. One that can't be written there is told now.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self { out: BufWriter::new(file), paths: None });
        }
        // What a link points to is replaced, not the link.
        let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = whole.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let draft = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
        let draft = whole.with_file_name(draft);
        let file = OpenOptions::new().write(true).create_new(true).open(&draft)?;
        let begun = Self { out: BufWriter::new(file), paths: Some((draft, whole)) };
        if let Some(there) = there {
            // Who may read the rows before may read these, and nobody else.
            begun.out.get_ref().set_permissions(there.permissions())?;
        }
        Ok(begun)
    }

    /// All is written: it takes the place of what was there.
    pub(super) fn commit(mut self) -> io::Result<()> {
        self.out.flush()?;
        if let Some((draft, whole)) = &self.paths {
            fs::rename(draft, whole)?;
        }
        self.paths = None;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some((draft, _)) = &self.paths {
            // It is of no use; that it stays when this fails harms nobody.
            _ = fs::remove_file(draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_until_all_is_written() {
        let folder = std::env::temp_dir().join(format!("people-draft-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("rows.csv");
        let names = || fs::read_dir(&folder).unwrap().count();
        let begun = |text: &str| {
            let mut draft = AtomicFile::new(&path).unwrap();
            draft.write_all(text.as_bytes()).unwrap();
            draft
        };
        begun("one").commit().unwrap();
        drop(begun("broken off"));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("one", 1));
        begun("two").commit().unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("two", 1));
        assert!(AtomicFile::new(&folder).is_err(), "a folder is no file");
        fs::remove_dir_all(&folder).unwrap();
    }
}
