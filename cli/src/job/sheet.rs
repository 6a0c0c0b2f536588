//! Rows of results as they are written: lines of JSON, a list of it, or a table.

use std::io::{self, Write};

use super::line::{COLUMNS, Line};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// One JSON document a line.
    Lines,
    /// One JSON list of them.
    List,
    /// A table.
    Csv,
}

/// Rows as they are written.
pub(super) struct Sheet<W: Write> {
    out: W,
    look: Look,
    pub(super) rows: u64,
}

impl<W: Write> Sheet<W> {
    pub(super) fn new(out: W, look: Look) -> Self {
        Self { out, look, rows: 0 }
    }

    pub(super) fn row(&mut self, line: &Line) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.look {
            Look::Csv => {
                if first {
                    self.csv(&COLUMNS)?;
                }
                self.csv(&line.cells())
            }
            Look::List => {
                write!(self.out, "{}{}", if first { "[\n" } else { ",\n" }, line.json())
            }
            Look::Lines => writeln!(self.out, "{}", line.json()),
        }
    }

    fn csv(&mut self, cells: &[impl AsRef<[u8]>]) -> io::Result<()> {
        Ok(csv::Writer::from_writer(&mut self.out).write_record(cells)?)
    }

    /// What stands at the end, and at the beginning if there was no row.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match (self.look, self.rows) {
            (Look::Csv, 0) => self.csv(&COLUMNS)?,
            (Look::List, 0) => writeln!(self.out, "[]")?,
            (Look::List, _) => writeln!(self.out, "\n]")?,
            _ => {}
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use people_storage::jobs::JobKind;

    use super::super::line::lines;
    use super::*;

    fn sheet(look: Look, document: &str) -> String {
        let mut sheet = Sheet::new(Vec::new(), look);
        for line in lines(JobKind::Async, document.as_bytes()).unwrap() {
            sheet.row(&line).unwrap();
        }
        sheet.finish().unwrap();
        String::from_utf8(sheet.out).unwrap()
    }

    #[test]
    fn rows_stand_in_lines_tables_and_lists() {
        let two = r#"[{"status":"SUCCESS","personGsid":"1P01"},
            {"status":"FAILURE","errors":[{"errorMessage":"a, \"b\"\nc"}]}]"#;
        let header = "rowNumber,operationStatus,email,gsid,errors\n";
        let csv = format!("{header}1,SUCCESS,,1P01,\n2,FAILURE,,,\"a, \"\"b\"\"\nc\"\n");
        assert_eq!(sheet(Look::Csv, two), csv);
        assert_eq!(sheet(Look::Csv, "[]"), header);
        let lines = sheet(Look::Lines, two);
        assert_eq!(lines.lines().count(), 2);
        assert_eq!(sheet(Look::Lines, "[]"), "");
        for document in [two, "[]"] {
            let list: serde_json::Value =
                serde_json::from_str(&sheet(Look::List, document)).unwrap();
            assert_eq!(list.as_array().unwrap().len(), if document == two { 2 } else { 0 });
        }
    }
}
