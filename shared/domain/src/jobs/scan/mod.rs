//! Scans a payload in one streaming pass: validates its JSON and its shape, and records the offsets
//! of its rows and the keys of the people they name. Its memory is constant but for a few bytes per
//! row.
//!
//! It accepts what `serde_json` accepts, except for deeper nesting, so that a worker can parse
//! every row: lone surrogates and numbers that no float holds refuse the whole payload.

pub mod key;
mod lexer;
mod lookup_sources;
mod number;
mod payload_index;
mod scalar;
mod string;
mod swar;
mod text;
mod value_role;

#[cfg(test)]
mod tests;

use std::fmt;

use lexer::{LexError, Lexer, LexerState};
use payload_index::PayloadIndex;

pub use lookup_sources::PersonLookupSources;
pub(super) use swar::plain_prefix_len;

use super::payload_error::{MalformedPayload, PayloadError};
use crate::limit;
use key::KeyEntry;

/// The limits of one payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanLimits {
    /// Bytes of the plain payload.
    pub bytes: u32,
    /// Rows; at most [`limit::PAYLOAD_ROWS_MAX`].
    pub rows: u32,
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self { bytes: limit::PAYLOAD_BYTES_MAX, rows: limit::PAYLOAD_ROWS_MAX }
    }
}

/// A pass over a payload.
#[derive(Debug)]
pub struct Scanner {
    limits: ScanLimits,
    lexer: Lexer,
    /// The first bytes of a character that the last piece cut.
    partial_char: Vec<u8>,
}

/// A byte order mark, which some editors write.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Bytes of the longest character.
const CHAR_BYTES_MAX: usize = 4;

impl Scanner {
    /// Starts a first pass.
    #[must_use]
    pub fn new(limits: ScanLimits) -> Self {
        Self::start_pass(limits, None)
    }

    /// Starts a second pass with the sources that the first one read too late.
    #[must_use]
    pub fn with_sources(limits: ScanLimits, sources: PersonLookupSources) -> Self {
        Self::start_pass(limits, Some(sources))
    }

    fn start_pass(limits: ScanLimits, sources: Option<PersonLookupSources>) -> Self {
        let rows = limits.rows.min(limit::PAYLOAD_ROWS_MAX);
        let lexer = Lexer::new(PayloadIndex::new(rows, sources));
        Self { limits, lexer, partial_char: Vec::with_capacity(CHAR_BYTES_MAX) }
    }

    /// Reads the next bytes, which may be cut anywhere.
    ///
    /// # Errors
    /// The payload is malformed; the scanner must not be used any more.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MalformedPayload> {
        let left = (self.limits.bytes - self.lexer.piece_start) as usize - self.partial_char.len();
        let (within, beyond) = bytes.split_at(bytes.len().min(left));
        let rest = self.complete_char(within)?;
        self.read_chars(rest)?;
        if beyond.is_empty() {
            Ok(())
        } else {
            Err(self.error_at(PayloadError::TooLarge(self.limits.bytes), 0))
        }
    }

    /// Completes the character that the last piece cut; returns the remaining bytes.
    fn complete_char<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], MalformedPayload> {
        while let (false, Some((first, rest))) = (self.partial_char.is_empty(), bytes.split_first())
        {
            self.partial_char.push(*first);
            bytes = rest;
            let character = std::mem::take(&mut self.partial_char);
            self.read_chars(&character)?;
        }
        Ok(bytes)
    }

    /// Reads complete characters; a character that is cut at the end is kept for the next piece.
    fn read_chars(&mut self, bytes: &[u8]) -> Result<(), MalformedPayload> {
        let error = std::str::from_utf8(bytes).err();
        let valid = error.map_or(bytes.len(), |error| error.valid_up_to());
        let (valid_bytes, rest) = bytes.split_at(valid);
        let is_first = self.lexer.piece_start == 0 && valid_bytes.starts_with(BYTE_ORDER_MARK);
        let skipped = if is_first { BYTE_ORDER_MARK.len() } else { 0 };
        self.lexer.piece_start += skipped as u32;
        let text = valid_bytes.get(skipped..).unwrap_or_default();
        self.lexer.read_piece(text).map_err(|LexError(error, at)| self.error_at(error, at))?;
        if error.is_some_and(|error| error.error_len().is_some()) {
            return Err(self.error_at(PayloadError::InvalidUtf8, 0));
        }
        self.partial_char.extend_from_slice(rest);
        Ok(())
    }

    ///
    /// # Errors
    /// The payload is malformed.
    pub fn finish(self) -> Result<PayloadScan, MalformedPayload> {
        let lexer = &self.lexer;
        let error = match lexer.state {
            _ if !self.partial_char.is_empty() => Some(PayloadError::InvalidUtf8),
            LexerState::Value if lexer.has_only_blanks() => Some(PayloadError::Empty),
            LexerState::Done if lexer.index.has_records() => None,
            LexerState::Done => Some(PayloadError::RecordsMissing),
            _ => Some(PayloadError::UnexpectedEnd),
        };
        match error {
            Some(error) => Err(self.error_at(error, 0)),
            None => Ok(PayloadScan::new(self.lexer.index)),
        }
    }

    fn error_at(&self, error: PayloadError, at: usize) -> MalformedPayload {
        let rows = self.lexer.index.row_count();
        let row = (self.lexer.in_records && rows > 0).then_some(rows);
        MalformedPayload { error, offset: u64::from(self.lexer.piece_start) + at as u64, row }
    }

    /// Bytes that the scanner holds on the heap.
    #[cfg(test)]
    fn capacity(&self) -> usize {
        self.partial_char.capacity() + self.lexer.capacity()
    }
}

/// The scan of a valid payload, from which it is planned.
pub struct PayloadScan {
    pub(super) starts: Vec<u32>,
    pub(super) end: u32,
    pub(super) keys: Vec<KeyEntry>,
    pub(super) lookups: Option<String>,
    late_sources: Option<PersonLookupSources>,
}

impl PayloadScan {
    fn new(index: PayloadIndex) -> Self {
        let lookups = index.lookups.and_then(|text| String::from_utf8(text).ok());
        let keys = index.keys.into_entries();
        Self {
            starts: index.starts,
            end: index.end,
            keys,
            lookups,
            late_sources: index.late_sources,
        }
    }

    /// The sources of `Person_ID` lookups that came after the rows: without a second pass with
    /// them, rows of one person could be applied out of order.
    #[must_use]
    pub fn late_sources(&self) -> Option<&PersonLookupSources> {
        self.late_sources.as_ref()
    }

    #[must_use]
    pub fn row_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The keys in the order of rows.
    #[must_use]
    pub fn keys(&self) -> &[KeyEntry] {
        &self.keys
    }
}

/// Prints counts alone, because lookups and hashes may be personal data.
impl fmt::Debug for PayloadScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PayloadScan(<{} rows, {} keys>)", self.starts.len(), self.keys.len())
    }
}
