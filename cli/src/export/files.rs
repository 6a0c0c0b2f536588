//! The files of an export. Each durable piece is a gzip member of its own; members that follow one
//! another are one gzip file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use people_domain::limit;

use super::rows::{Framing, Rows};
use super::state::ExportedFile;
use crate::args::export::ExportFormat;

/// The files to which an export writes.
pub(super) struct ExportFiles {
    directory: PathBuf,
    format: ExportFormat,
    framing: Framing,
    pub(super) files: Vec<ExportedFile>,
    /// The members that are being written, by the position of their files in the list.
    open: BTreeMap<usize, GzEncoder<BufWriter<File>>>,
}

impl ExportFiles {
    /// Opens the files of an export that was interrupted, or none of a new one. What is not durable
    /// is cut off once a file is written to.
    pub(super) fn new(directory: &Path, format: ExportFormat, files: Vec<ExportedFile>) -> Self {
        let framing = Framing::of_format(format);
        Self { directory: directory.to_owned(), format, framing, files, open: BTreeMap::new() }
    }

    /// Writes the rows of a page, of one object.
    pub(super) fn write_rows(&mut self, rows: &Rows) -> io::Result<()> {
        if rows.count == 0 {
            return Ok(());
        }
        let at = self.find_file(&rows.object, rows.bytes.len() as u64)?;
        let has_rows = self.files.get(at).is_some_and(|file| file.rows > 0);
        if has_rows {
            self.write_bytes(at, self.framing.separator.as_bytes())?;
        }
        self.write_bytes(at, &rows.bytes)?;
        if let Some(file) = self.files.get_mut(at) {
            file.rows += rows.count;
        }
        Ok(())
    }

    /// Ends the members that are being written. From now on all bytes are durable.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        for (at, encoder) in std::mem::take(&mut self.open) {
            let mut file =
                encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_data()?;
            if let Some(state) = self.files.get_mut(at) {
                state.bytes = file.stream_position()?;
            }
        }
        Ok(())
    }

    /// Closes all files; each object has one, if without rows.
    pub(super) fn close(&mut self, objects: &[String]) -> io::Result<()> {
        for object in objects {
            let at = self.find_file(object, 0)?;
            self.close_file(at)?;
        }
        self.sync()
    }

    /// The file to which rows of an object are written next.
    fn find_file(&mut self, object: &str, bytes: u64) -> io::Result<usize> {
        let current = self.files.iter().rposition(|file| file.object == object && !file.is_closed);
        if let Some(at) = current {
            let plain_bytes = self.files.get(at).map_or(0, |file| file.plain_bytes);
            if self.format == ExportFormat::Jsonl
                || plain_bytes + bytes <= limit::EXPORT_PAYLOAD_BYTES_MAX
            {
                return Ok(at);
            }
            self.close_file(at)?;
        }
        let number = 1 + self.files.iter().filter(|file| file.object == object).count();
        let name = match self.format {
            ExportFormat::Jsonl => format!("{object}.jsonl.gz"),
            ExportFormat::Payload => format!("{object}.{number:04}.json.gz"),
        };
        let object = object.to_owned();
        let (rows, bytes, plain_bytes, is_closed) = (0, 0, 0, false);
        self.files.push(ExportedFile { name, object, rows, bytes, plain_bytes, is_closed });
        let at = self.files.len() - 1;
        self.write_bytes(at, self.framing.head.as_bytes())?;
        Ok(at)
    }

    fn close_file(&mut self, at: usize) -> io::Result<()> {
        self.write_bytes(at, self.framing.tail.as_bytes())?;
        if let Some(file) = self.files.get_mut(at) {
            file.is_closed = true;
        }
        Ok(())
    }

    fn write_bytes(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = self.files.get_mut(at) else { return Ok(()) };
        let encoder = match self.open.entry(at) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                let target = open_at(&self.directory.join(&file.name), file.bytes)?;
                vacant.insert(GzEncoder::new(BufWriter::new(target), Compression::fast()))
            }
        };
        encoder.write_all(bytes)?;
        file.plain_bytes += bytes.len() as u64;
        Ok(())
    }
}

/// Opens a file and cuts it off after its durable bytes.
fn open_at(path: &Path, bytes: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.set_len(bytes)?;
    file.seek(SeekFrom::Start(bytes))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::MultiGzDecoder;
    use serde_json::{Value as Json, json};

    use super::*;

    fn rows_of(object: &str, format: ExportFormat, numbers: std::ops::Range<u32>) -> Rows {
        let mut rows = Rows::new(object, Framing::of_format(format));
        numbers.for_each(|n| rows.push(&json!({ "n": n })));
        rows
    }

    fn read(directory: &Path, name: &str) -> String {
        let mut text = String::new();
        let file = File::open(directory.join(name)).unwrap();
        MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_was_not_durable_is_written_again_and_nothing_twice() {
        for (format, name, expected) in [
            (ExportFormat::Jsonl, "person.jsonl.gz", "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n"),
            (
                ExportFormat::Payload,
                "person.0001.json.gz",
                "{\"records\":[\n{\"n\":0}\n,{\"n\":1}\n,{\"n\":2}\n]}\n",
            ),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let mut files = ExportFiles::new(directory.path(), format, Vec::new());
            files.write_rows(&rows_of("person", format, 0..2)).unwrap();
            files.sync().unwrap();
            let durable = files.files.clone();
            files.write_rows(&rows_of("person", format, 2..9)).unwrap();
            files.sync().unwrap();
            drop(files);
            let mut files = ExportFiles::new(directory.path(), format, durable);
            files.write_rows(&rows_of("person", format, 2..3)).unwrap();
            files.close(&["person".to_owned(), "company".to_owned()]).unwrap();
            assert_eq!(read(directory.path(), name), expected);
            let state: Vec<_> =
                files.files.iter().map(|file| (file.rows, file.is_closed)).collect();
            assert_eq!(state, [(3, true), (0, true)]);
        }
    }

    #[test]
    fn payloads_stay_below_what_an_import_takes() {
        let directory = tempfile::tempdir().unwrap();
        let format = ExportFormat::Payload;
        let mut files = ExportFiles::new(directory.path(), format, Vec::new());
        let mut rows = Rows::new("person", Framing::of_format(format));
        rows.push(&"x".repeat(40 * 1024 * 1024).into());
        for _ in 0..2 {
            files.write_rows(&rows).unwrap();
        }
        files.close(&["person".to_owned()]).unwrap();
        let names: Vec<_> = files.files.iter().map(|file| file.name.clone()).collect();
        assert_eq!(names, ["person.0001.json.gz", "person.0002.json.gz"]);
        for name in names {
            let payload: Json = serde_json::from_str(&read(directory.path(), &name)).unwrap();
            assert_eq!(payload["records"].as_array().unwrap().len(), 1);
        }
    }
}
