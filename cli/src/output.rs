//! Results on stdout, as text or as JSON; messages on stderr.
#![expect(clippy::print_stderr, reason = "this is where the command speaks")]

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::ProgressStyle;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::CommandError;

/// What a command found or did.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    /// For scripts.
    json: Value,
    /// For people; none when the result is written already.
    text: Option<String>,
    /// What to know or to do next; never part of the result.
    note: Option<String>,
    /// What to do when nobody sees the result, if it is shown this once.
    lost_result_advice: Option<String>,
    /// The exit code, when it is not 0 though nothing failed.
    exit_code: u8,
}

impl CommandOutput {
    pub(crate) fn new(result: impl Serialize, text: String) -> Self {
        Self { json: json!(result), text: Some(text), ..Self::already_written() }
    }

    /// The result was too large to be held: it is on stdout already.
    pub(crate) fn already_written() -> Self {
        Self { json: Value::Null, text: None, note: None, lost_result_advice: None, exit_code: 0 }
    }

    pub(crate) fn with_note(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// `advice`: what to do when it could not be shown, for it will not be again.
    pub(crate) fn with_lost_result_advice(self, advice: String) -> Self {
        Self { lost_result_advice: Some(advice), ..self }
    }

    pub(crate) fn with_exit_code(self, code: u8) -> Self {
        Self { exit_code: code, ..self }
    }

    /// One document to `out`, then the note. A reader that has seen enough is no failure, unless
    /// what it did not read is lost.
    fn write_to(self, mut out: impl Write, json: bool) -> Result<u8, CommandError> {
        let written = match (&self.text, json) {
            (None, _) => Ok(()),
            (Some(_), true) => writeln!(out, "{:#}", self.json),
            (Some(text), false) => writeln!(out, "{text}"),
        };
        match (written.and_then(|()| out.flush()), self.lost_result_advice) {
            (Err(error), None) if error.kind() == io::ErrorKind::BrokenPipe => {}
            (Err(error), unseen) => return Err(CommandError::from_output_error(&error, unseen)),
            (Ok(()), _) => {}
        }
        if let Some(note) = &self.note {
            eprintln!("{note}");
        }
        Ok(self.exit_code)
    }
}

/// Says how it ended.
pub(crate) fn report_outcome(outcome: Result<CommandOutput, CommandError>, json: bool) -> ExitCode {
    match outcome.and_then(|answer| answer.write_to(io::stdout().lock(), json)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{}", failure.message());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// What happens meanwhile, on stderr.
pub(crate) fn print_message(text: &str) {
    eprintln!("{text}");
}

/// Whether somebody sees progress bars; else a line says as much.
pub(crate) fn is_interactive() -> bool {
    io::stderr().is_terminal()
}

/// The look of a progress bar; indicatif's own if the template were wrong.
pub(crate) fn bar_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Whether the answer to a question is yes; one that can't be read is none.
pub(crate) fn ask_yes_or_no(question: &str) -> bool {
    eprint!("{question}");
    let mut answer = String::new();
    _ = io::stdin().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Rows under a header, in aligned columns; no spaces at the end of a line.
pub(crate) fn format_table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<_> = [header.map(str::to_owned)].into_iter().chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Milliseconds since 1970 as ISO 8601 in UTC.
pub(crate) fn format_time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stdout that fails so.
    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_has_seen_enough_loses_nothing_but_a_key() {
        let rows = || CommandOutput::new("rows", "rows".to_owned()).with_exit_code(4);
        let key = || rows().with_lost_result_advice("revoke it".to_owned());
        let (left, full) = (io::ErrorKind::BrokenPipe, io::ErrorKind::StorageFull);
        assert_eq!(rows().write_to(Broken(left), false).unwrap(), 4);
        assert_eq!(CommandOutput::already_written().write_to(Broken(left), false).unwrap(), 0);
        let said = rows().write_to(Broken(full), true).unwrap_err().to_string();
        assert!(!said.contains("revoke"), "{said}");
        for kind in [left, full] {
            let said = key().write_to(Broken(kind), false).unwrap_err().to_string();
            assert!(said.ends_with("; revoke it"), "{said}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "1", ""], ["longer", "2", "x"]].map(|row| row.map(str::to_owned));
        let text = format_table(["ID", "COUNT", "REST"], rows.into());
        assert_eq!(text, "ID      COUNT  REST\na       1\nlonger  2      x");
    }

    #[test]
    fn moments_are_in_utc_with_milliseconds() {
        assert_eq!(format_time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(format_time(1_767_225_599_007), "2025-12-31T23:59:59.007Z");
        assert_eq!(format_time(i64::MAX), i64::MAX.to_string());
    }
}
