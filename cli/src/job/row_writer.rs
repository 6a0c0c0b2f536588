//! Rows of results as they are written: lines of JSON, a list of it, or a table.

use std::io::{self, Write};

use super::result_row::{COLUMNS, ResultRow};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// One JSON document a line.
    Lines,
    /// One JSON list of them.
    List,
    /// A table.
    Csv,
}

/// Rows as they are written.
pub(super) struct RowWriter<W: Write> {
    out: W,
    format: OutputFormat,
    pub(super) rows: u64,
}

impl<W: Write> RowWriter<W> {
    pub(super) fn new(out: W, look: OutputFormat) -> Self {
        Self { out, format: look, rows: 0 }
    }

    pub(super) fn write_row(&mut self, line: &ResultRow) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            OutputFormat::Csv => {
                if first {
                    self.write_csv(&COLUMNS)?;
                }
                self.write_csv(&line.cells())
            }
            OutputFormat::List => {
                write!(self.out, "{}{}", if first { "[\n" } else { ",\n" }, line.to_json())
            }
            OutputFormat::Lines => writeln!(self.out, "{}", line.to_json()),
        }
    }

    fn write_csv(&mut self, cells: &[impl AsRef<[u8]>]) -> io::Result<()> {
        Ok(csv::Writer::from_writer(&mut self.out).write_record(cells)?)
    }

    /// What stands at the end, and at the beginning if there was no row.
    pub(super) fn write_end(&mut self) -> io::Result<()> {
        match (self.format, self.rows) {
            (OutputFormat::Csv, 0) => self.write_csv(&COLUMNS)?,
            (OutputFormat::List, 0) => writeln!(self.out, "[]")?,
            (OutputFormat::List, _) => writeln!(self.out, "\n]")?,
            _ => {}
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use people_storage::jobs::JobKind;

    use super::super::result_row::parse_rows;
    use super::*;

    fn write_all_rows(look: OutputFormat, document: &str) -> String {
        let mut sheet = RowWriter::new(Vec::new(), look);
        for line in parse_rows(JobKind::Async, document.as_bytes()).unwrap() {
            sheet.write_row(&line).unwrap();
        }
        sheet.write_end().unwrap();
        String::from_utf8(sheet.out).unwrap()
    }

    #[test]
    fn rows_stand_in_lines_tables_and_lists() {
        let two = r#"[{"status":"SUCCESS","personGsid":"1P01"},
            {"status":"FAILURE","errors":[{"errorMessage":"a, \"b\"\nc"}]}]"#;
        let header = "rowNumber,operationStatus,email,gsid,errors\n";
        let csv = format!("{header}1,SUCCESS,,1P01,\n2,FAILURE,,,\"a, \"\"b\"\"\nc\"\n");
        assert_eq!(write_all_rows(OutputFormat::Csv, two), csv);
        assert_eq!(write_all_rows(OutputFormat::Csv, "[]"), header);
        let lines = write_all_rows(OutputFormat::Lines, two);
        assert_eq!(lines.lines().count(), 2);
        assert_eq!(write_all_rows(OutputFormat::Lines, "[]"), "");
        for document in [two, "[]"] {
            let list: serde_json::Value =
                serde_json::from_str(&write_all_rows(OutputFormat::List, document)).unwrap();
            assert_eq!(list.as_array().unwrap().len(), if document == two { 2 } else { 0 });
        }
    }
}
