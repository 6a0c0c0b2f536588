//! A payload of an export, read one record at a time: each has a line of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;

use crate::error::CommandError;

pub(super) struct RecordsFile {
    /// Its number among the files of its object.
    at: usize,
    path: PathBuf,
}

/// Where a record of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    file: usize,
    pub(super) line: usize,
}

/// A record and its place.
pub(super) struct PlacedRecord {
    pub(super) place: Place,
    pub(super) record: Json,
}

impl RecordsFile {
    pub(super) fn new(at: usize, path: PathBuf) -> Self {
        Self { at, path }
    }

    /// The file's name, for messages.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Reads the records.
    pub(super) fn read(
        &self,
    ) -> Result<impl Iterator<Item = Result<PlacedRecord, CommandError>> + use<>, CommandError>
    {
        let (file_at, path) = (self.at, self.path.clone());
        let refuse = move |why: &dyn std::fmt::Display| {
            CommandError::Refused(format!("{}: {why}", path.display()))
        };
        let file = File::open(&self.path).map_err(|error| refuse(&error))?;
        let lines = BufReader::new(MultiGzDecoder::new(BufReader::new(file))).lines();
        Ok(lines.enumerate().filter_map(move |(at, line)| {
            let line = match line {
                Ok(line) => line,
                Err(error) => return Some(Err(refuse(&error))),
            };
            let text = line.strip_prefix(',').unwrap_or(&line);
            if matches!(text, "{\"records\":[" | "]}" | "") {
                return None;
            }
            let record = serde_json::from_str(text);
            let record = record.map_err(|_| refuse(&format!("line {} is no record", at + 1)));
            let place = Place { file: file_at, line: at + 1 };
            Some(record.map(|record| PlacedRecord { place, record }))
        }))
    }
}
