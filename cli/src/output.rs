//! Results on stdout, as text or as JSON; messages on stderr.
#![expect(clippy::print_stderr, reason = "this is where the command speaks")]

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::ProgressStyle;
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;

/// What a command found or did.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For scripts.
    json: Value,
    /// For people; none when the result is written already.
    text: Option<String>,
    /// What to know or to do next; never part of the result.
    note: Option<String>,
    /// The exit code, when it is not 0 though nothing failed.
    code: u8,
}

impl Answer {
    pub(crate) fn new(result: impl Serialize, text: String) -> Self {
        Self { json: json!(result), text: Some(text), note: None, code: 0 }
    }

    /// The result was too large to be held: it is on stdout already.
    pub(crate) fn written() -> Self {
        Self { json: Value::Null, text: None, note: None, code: 0 }
    }

    pub(crate) fn note(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    pub(crate) fn code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// One document on stdout, then the note. A result that can't be written is a failure: a new
    /// key would be lost without a word.
    fn write(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match (&self.text, json) {
            (None, _) => {}
            (Some(_), true) => writeln!(out, "{:#}", self.json)?,
            (Some(text), false) => writeln!(out, "{text}")?,
        }
        out.flush()?;
        if let Some(note) = &self.note {
            eprintln!("{note}");
        }
        Ok(())
    }
}

/// Says how it ended.
pub(crate) fn finish(outcome: Result<Answer, Failure>, json: bool) -> ExitCode {
    let written = outcome.and_then(|answer| {
        answer.write(json)?;
        Ok(answer.code)
    });
    match written {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// What happens meanwhile, on stderr.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Whether somebody sees progress bars; else a line says as much.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// The look of a progress bar; indicatif's own if the template were wrong.
pub(crate) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Whether the answer to a question is yes.
pub(crate) fn ask(question: &str) -> io::Result<bool> {
    eprint!("{question}");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Rows under a header, in aligned columns; no spaces at the end of a line.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
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
pub(crate) fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "1", ""], ["longer", "2", "x"]].map(|row| row.map(str::to_owned));
        let text = table(["ID", "COUNT", "REST"], rows.into());
        assert_eq!(text, "ID      COUNT  REST\na       1\nlonger  2      x");
    }

    #[test]
    fn moments_are_in_utc_with_milliseconds() {
        assert_eq!(moment(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(moment(1_767_225_599_007), "2025-12-31T23:59:59.007Z");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }
}
