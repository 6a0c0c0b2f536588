//! Rows of a page as they are written, and what is between them in a file.

use serde_json::Value as Json;

use crate::args::export::ExportFormat;

/// The text around and between the rows of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Framing {
    pub(super) head: &'static str,
    pub(super) separator: &'static str,
    pub(super) tail: &'static str,
}

impl Framing {
    pub(super) fn of_format(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Jsonl => Self { head: "", separator: "", tail: "" },
            // One record a line here too, so that a payload can be read line by line.
            ExportFormat::Payload => {
                Self { head: "{\"records\":[\n", separator: ",", tail: "]}\n" }
            }
        }
    }
}

/// Rows of one object, each with the end of its line.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) object: String,
    pub(super) bytes: Vec<u8>,
    pub(super) count: u64,
    framing: Framing,
}

impl Rows {
    pub(super) fn new(object: &str, framing: Framing) -> Self {
        Self { object: object.to_owned(), bytes: Vec::new(), count: 0, framing }
    }

    pub(super) fn push(&mut self, row: &Json) {
        if self.count > 0 {
            self.bytes.extend_from_slice(self.framing.separator.as_bytes());
        }
        // A JSON value is always written to memory.
        _ = serde_json::to_writer(&mut self.bytes, row);
        self.bytes.push(b'\n');
        self.count += 1;
    }
}
