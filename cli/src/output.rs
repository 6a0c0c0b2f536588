//! Results on stdout, as text or as JSON; messages on stderr.
#![expect(clippy::print_stderr, reason = "this module prints all messages of the command")]

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::ProgressStyle;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::CommandError;

/// The result of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    /// The result for `--json`.
    json: Value,
    /// The result as text; `None` if it is already on stdout.
    text: Option<String>,
    /// A hint for stderr; never part of the result.
    note: Option<String>,
    /// Advice for the case that the result can't be written; set for results that are shown only once.
    lost_result_advice: Option<String>,
    /// The exit code; it may differ from 0 although the command succeeded.
    exit_code: u8,
}

impl CommandOutput {
    pub(crate) fn new(result: impl Serialize, text: String) -> Self {
        Self { json: json!(result), text: Some(text), ..Self::already_written() }
    }

    /// The output of a command that has streamed its result to stdout, because it may exceed
    /// memory.
    pub(crate) fn already_written() -> Self {
        Self { json: Value::Null, text: None, note: None, lost_result_advice: None, exit_code: 0 }
    }

    pub(crate) fn with_note(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Sets what to do if the result can't be written; it will not be shown again.
    pub(crate) fn with_lost_result_advice(self, advice: String) -> Self {
        Self { lost_result_advice: Some(advice), ..self }
    }

    pub(crate) fn with_exit_code(self, code: u8) -> Self {
        Self { exit_code: code, ..self }
    }

    /// Writes the result to `out`, then the note to stderr. A reader that closes the pipe is not an
    /// error, unless the unread result is lost.
    fn write_to(self, mut out: impl Write, json: bool) -> Result<u8, CommandError> {
        let written = match (&self.text, json) {
            (None, _) => Ok(()),
            // A list of lines that has none.
            (Some(text), false) if text.is_empty() => Ok(()),
            (Some(_), true) => writeln!(out, "{:#}", self.json),
            (Some(text), false) => writeln!(out, "{text}"),
        };
        match (written.and_then(|()| out.flush()), self.lost_result_advice) {
            (Err(error), None) if error.kind() == io::ErrorKind::BrokenPipe => {}
            (Err(error), lost_advice) => {
                return Err(CommandError::from_output_error(&error, lost_advice));
            }
            (Ok(()), _) => {}
        }
        if let Some(note) = &self.note {
            eprintln!("{note}");
        }
        Ok(self.exit_code)
    }
}

/// Prints the result or the error and returns the exit code.
pub(crate) fn report_outcome(outcome: Result<CommandOutput, CommandError>, json: bool) -> ExitCode {
    match outcome.and_then(|output| output.write_to(io::stdout().lock(), json)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{}", failure.message());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Prints why the command can't run at all.
pub(crate) fn report_start_error(error: &io::Error) -> ExitCode {
    eprintln!("error: the command can't start: {error}");
    ExitCode::FAILURE
}

/// Prints a message to stderr.
pub(crate) fn print_message(text: &str) {
    eprintln!("{text}");
}

/// Whether progress bars are visible; if not, lines are printed instead.
pub(crate) fn is_interactive() -> bool {
    io::stderr().is_terminal()
}

/// A progress bar's style; indicatif's default if the template is invalid.
pub(crate) fn bar_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Asks a question; an answer that can't be read counts as no.
pub(crate) fn ask_yes_or_no(question: &str) -> bool {
    eprint!("{question}");
    let mut answer = String::new();
    _ = io::stdin().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Formats rows under a header in aligned columns, without trailing spaces.
pub(crate) fn format_table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let header = header.map(str::to_owned).to_vec();
    format_columns(header, rows.into_iter().map(Vec::from).collect())
}

/// [`format_table`] with a number of columns that is not known before.
pub(crate) fn format_columns(header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let mut widths = vec![0; header.len()];
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Formats milliseconds since 1970 as ISO 8601 in UTC.
pub(crate) fn format_time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stdout whose writes fail with this error.
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
        let message = rows().write_to(Broken(full), true).unwrap_err().to_string();
        assert!(!message.contains("revoke"), "{message}");
        for kind in [left, full] {
            let message = key().write_to(Broken(kind), false).unwrap_err().to_string();
            assert!(message.ends_with("; revoke it"), "{message}");
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
