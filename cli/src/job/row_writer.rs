//! Writes result rows as JSON lines, as a JSON list or as CSV.

use std::io::{self, Write};

use super::result_row::{COLUMNS, ResultRow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// One JSON document per line.
    Lines,
    /// One JSON list.
    List,
    Csv,
}

pub(super) struct RowWriter<W: Write> {
    out: W,
    format: OutputFormat,
    pub(super) rows: u64,
}

impl<W: Write> RowWriter<W> {
    pub(super) fn new(out: W, format: OutputFormat) -> Self {
        Self { out, format, rows: 0 }
    }

    pub(super) fn write_row(&mut self, row: &ResultRow) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            OutputFormat::Csv => {
                if first {
                    self.write_csv(&COLUMNS)?;
                }
                self.write_csv(&row.cells())
            }
            OutputFormat::List => {
                write!(self.out, "{}{}", if first { "[\n" } else { ",\n" }, row.to_json())
            }
            OutputFormat::Lines => writeln!(self.out, "{}", row.to_json()),
        }
    }

    fn write_csv(&mut self, cells: &[impl AsRef<[u8]>]) -> io::Result<()> {
        Ok(csv::Writer::from_writer(&mut self.out).write_record(cells)?)
    }

    /// Writes the end of the output, and the header if there was no row.
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

    fn write_all_rows(format: OutputFormat, document: &str) -> String {
        let mut writer = RowWriter::new(Vec::new(), format);
        for row in parse_rows(JobKind::Async, document.as_bytes()).unwrap() {
            writer.write_row(&row).unwrap();
        }
        writer.write_end().unwrap();
        String::from_utf8(writer.out).unwrap()
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
