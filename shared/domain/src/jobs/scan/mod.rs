//! One streaming pass over a payload: is it JSON of the right shape, where are its rows, and whom
//! are they about. Its memory is flat: some KB, and a few bytes for each row.
//!
//! What is accepted here is what `serde_json` accepts, nesting aside, so that a worker can parse
//! every row: lone surrogates and numbers that no float holds are refused with the whole payload.

mod content;
pub mod key;
mod machine;
mod meaning;
mod number;
mod scalar;
mod sources;
mod string;
mod swar;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use content::Content;
use machine::{Machine, State, Wrong};

pub use sources::Sources;
pub(super) use swar::plain;

use super::malformed::{Malformed, Problem};
use crate::limit;
use key::Entry;

/// Limits on one payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Plain bytes.
    pub bytes: u32,
    /// Rows; at most [`limit::PAYLOAD_ROWS`].
    pub rows: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: limit::PAYLOAD, rows: limit::PAYLOAD_ROWS }
    }
}

/// A pass under way.
#[derive(Debug)]
pub struct Scanner {
    limits: Limits,
    machine: Machine,
    /// The start of a character that the last piece cut.
    cut: Vec<u8>,
}

/// A byte order mark, which some editors write.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Bytes of the longest character.
const CHARACTER: usize = 4;

impl Scanner {
    /// A first pass.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::start(limits, None)
    }

    /// A second pass, with the sources that the first one learned too late.
    #[must_use]
    pub fn with_sources(limits: Limits, sources: Sources) -> Self {
        Self::start(limits, Some(sources))
    }

    fn start(limits: Limits, sources: Option<Sources>) -> Self {
        let rows = limits.rows.min(limit::PAYLOAD_ROWS);
        let machine = Machine::new(Content::new(rows, sources));
        Self { limits, machine, cut: Vec::with_capacity(CHARACTER) }
    }

    /// Takes the next bytes, cut anywhere.
    ///
    /// # Errors
    /// What is wrong with the payload; the scanner is of no use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let left = (self.limits.bytes - self.machine.base) as usize - self.cut.len();
        let (within, beyond) = bytes.split_at(bytes.len().min(left));
        let rest = self.join(within)?;
        self.read(rest)?;
        if beyond.is_empty() {
            Ok(())
        } else {
            Err(self.wrong(Problem::TooLarge(self.limits.bytes), 0))
        }
    }

    /// Completes the character that the piece before cut; gives what is left.
    fn join<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], Malformed> {
        while let (false, Some((first, rest))) = (self.cut.is_empty(), bytes.split_first()) {
            self.cut.push(*first);
            bytes = rest;
            let character = std::mem::take(&mut self.cut);
            self.read(&character)?;
        }
        Ok(bytes)
    }

    /// Reads whole characters; what is cut at the end is kept for the next piece.
    fn read(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let error = std::str::from_utf8(bytes).err();
        let valid = error.map_or(bytes.len(), |error| error.valid_up_to());
        let (sound, rest) = bytes.split_at(valid);
        let is_first = self.machine.base == 0 && sound.starts_with(MARK);
        let skipped = if is_first { MARK.len() } else { 0 };
        self.machine.base += skipped as u32;
        let text = sound.get(skipped..).unwrap_or_default();
        self.machine.read(text).map_err(|Wrong(problem, at)| self.wrong(problem, at))?;
        if error.is_some_and(|error| error.error_len().is_some()) {
            return Err(self.wrong(Problem::Utf8, 0));
        }
        self.cut.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// What is wrong with the payload.
    pub fn finish(self) -> Result<Scanned, Malformed> {
        let machine = &self.machine;
        let problem = match machine.state {
            _ if !self.cut.is_empty() => Some(Problem::Utf8),
            State::Value if machine.is_fresh() => Some(Problem::Empty),
            State::Done if machine.content.has_records() => None,
            State::Done => Some(Problem::NoRecords),
            _ => Some(Problem::Ended),
        };
        match problem {
            Some(problem) => Err(self.wrong(problem, 0)),
            None => Ok(Scanned::new(self.machine.content)),
        }
    }

    fn wrong(&self, problem: Problem, at: usize) -> Malformed {
        let rows = self.machine.content.rows();
        let row = (self.machine.in_records && rows > 0).then_some(rows);
        Malformed { problem, at: u64::from(self.machine.base) + at as u64, row }
    }

    /// Bytes that the scanner holds on the heap.
    #[cfg(test)]
    fn capacity(&self) -> usize {
        self.cut.capacity() + self.machine.capacity()
    }
}

/// A sound payload: what a plan is made of.
pub struct Scanned {
    pub(super) starts: Vec<u32>,
    pub(super) end: u32,
    pub(super) keys: Vec<Entry>,
    pub(super) lookups: Option<String>,
    late: Option<Sources>,
}

impl Scanned {
    fn new(content: Content) -> Self {
        let lookups = content.lookups.and_then(|text| String::from_utf8(text).ok());
        let keys = content.keys.into_found();
        Self { starts: content.starts, end: content.end, keys, lookups, late: content.late }
    }

    /// The sources of a `Person_ID` lookup that stood behind the rows: without a second pass with
    /// them, rows of one person could be applied out of order.
    #[must_use]
    pub fn needs_second_pass(&self) -> Option<&Sources> {
        self.late.as_ref()
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The keys, in the order of rows.
    #[must_use]
    pub fn keys(&self) -> &[Entry] {
        &self.keys
    }
}

/// Counts only: lookups and hashes may tell of people.
impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanned(<{} rows, {} keys>)", self.starts.len(), self.keys.len())
    }
}
