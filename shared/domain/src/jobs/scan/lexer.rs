//! A push lexer of JSON over pieces of any size: it makes one pass and keeps nothing of a row.

use super::number::NumberScanner;
use super::payload_index::PayloadIndex;
use super::string::EscapeState;
use super::text::TextBuffer;
use super::value_role::ValueRole;
use crate::jobs::payload_error::PayloadError;
use crate::limit;

/// The token that is expected next, blanks aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LexerState {
    Value,
    /// A value, or the end of the list that was just opened.
    FirstItem,
    Name,
    /// A member's name, or the end of the object that was just opened.
    FirstName,
    Colon,
    /// A comma or an end.
    AfterValue,
    /// The end of the payload.
    Done,
    /// The rest of a string, which may be a member's name.
    String {
        name: bool,
    },
    Number,
    /// The rest of `true`, `false` or `null`.
    Literal(&'static [u8]),
}

/// An open object or list.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenContainer {
    pub(super) role: ValueRole,
    list: bool,
}

/// An error and its offset in the piece.
pub(super) struct LexError(pub(super) PayloadError, pub(super) usize);

/// The offset in the piece at which to continue.
pub(super) type LexResult = Result<usize, LexError>;

/// The state after the last byte.
#[derive(Debug)]
pub(super) struct Lexer {
    pub(super) state: LexerState,
    pub(super) role: ValueRole,
    pub(super) container: OpenContainer,
    outer: Vec<OpenContainer>,
    pub(super) escape: EscapeState,
    pub(super) text: TextBuffer,
    pub(super) number: NumberScanner,
    pub(super) index: PayloadIndex,
    /// Bytes before the current piece.
    pub(super) piece_start: u32,
    pub(super) in_records: bool,
    /// The offset in the piece at which the rest of `lookups` starts, while they are open.
    lookups: Option<usize>,
}

impl Lexer {
    pub(super) fn new(index: PayloadIndex) -> Self {
        Self {
            state: LexerState::Value,
            role: ValueRole::Payload,
            container: OpenContainer { role: ValueRole::Other, list: false },
            outer: Vec::with_capacity(limit::NESTING_LEVELS_MAX),
            escape: EscapeState::None,
            text: TextBuffer::new(),
            number: NumberScanner::new(),
            index,
            piece_start: 0,
            in_records: false,
            lookups: None,
        }
    }

    /// Whether only blanks were read so far.
    pub(super) fn has_only_blanks(&self) -> bool {
        self.role == ValueRole::Payload && self.outer.is_empty()
    }

    /// Reads a piece that ends between two characters.
    pub(super) fn read_piece(&mut self, piece: &[u8]) -> Result<(), LexError> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            at = match self.state {
                LexerState::String { name } => self.read_string(piece, at, name)?,
                LexerState::Number => self.read_number(piece, at)?,
                LexerState::Literal(rest) => self.read_literal(rest, byte, at)?,
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => skip_blanks(piece, at + 1),
                LexerState::AfterValue => self.read_after_value(piece, at, byte)?,
                LexerState::Name => self.read_name(piece, at, byte)?,
                LexerState::Colon => self.read_colon(at, byte)?,
                LexerState::Value => self.read_value(piece, at, byte)?,
                LexerState::FirstItem | LexerState::FirstName if byte == b']' || byte == b'}' => {
                    self.close_container(piece, at, byte)?
                }
                LexerState::FirstName => self.read_name(piece, at, byte)?,
                LexerState::FirstItem => self.read_value(piece, at, byte)?,
                LexerState::Done => return Err(LexError(PayloadError::TrailingData, at)),
            };
        }
        self.keep_lookups(piece, piece.len())?;
        self.lookups = self.lookups.map(|_| 0);
        self.piece_start += piece.len() as u32;
        Ok(())
    }

    #[inline]
    fn read_name(&mut self, piece: &[u8], at: usize, byte: u8) -> LexResult {
        match byte {
            b'"' => self.start_string(piece, at + 1, true),
            _ => Err(LexError(PayloadError::UnexpectedByte, at)),
        }
    }

    #[inline]
    fn read_colon(&mut self, at: usize, byte: u8) -> LexResult {
        if byte != b':' {
            return Err(LexError(PayloadError::UnexpectedByte, at));
        }
        self.state = LexerState::Value;
        Ok(at + 1)
    }

    #[inline]
    fn read_value(&mut self, piece: &[u8], at: usize, byte: u8) -> LexResult {
        if self.role == ValueRole::Row {
            self.index
                .start_row(self.piece_start + at as u32)
                .map_err(|error| LexError(error, at))?;
        }
        match byte {
            b'{' | b'[' => return self.open_container(at, byte == b'['),
            b'"' => self.check_scalar(at, false)?,
            b't' => return self.start_literal(at, b"rue"),
            b'f' => return self.start_literal(at, b"alse"),
            b'n' => return self.start_literal(at, b"ull"),
            _ => return self.start_number(piece, at, byte),
        }
        self.start_string(piece, at + 1, false)
    }

    #[inline]
    pub(super) fn check_scalar(&self, at: usize, null: bool) -> Result<(), LexError> {
        self.role.check_scalar(null).map_err(|error| LexError(error, at))
    }

    fn open_container(&mut self, at: usize, list: bool) -> LexResult {
        let role = self.role.container_role(list).map_err(|error| LexError(error, at))?;
        if self.outer.len() >= limit::NESTING_LEVELS_MAX {
            return Err(LexError(PayloadError::TooDeep, at));
        }
        match role {
            ValueRole::Records => self.in_records = true,
            ValueRole::Lookups => {
                self.index.start_lookups();
                self.lookups = Some(at);
            }
            _ => {}
        }
        self.outer.push(self.container);
        self.container = OpenContainer { role, list };
        self.role = if list { role.item_role() } else { ValueRole::Other };
        self.state = if list { LexerState::FirstItem } else { LexerState::FirstName };
        Ok(at + 1)
    }

    #[inline]
    fn read_after_value(&mut self, piece: &[u8], at: usize, byte: u8) -> LexResult {
        if byte != b',' {
            return self.close_container(piece, at, byte);
        }
        if self.container.list {
            self.role = self.container.role.item_role();
            self.state = LexerState::Value;
        } else {
            self.state = LexerState::Name;
        }
        Ok(at + 1)
    }

    fn close_container(&mut self, piece: &[u8], at: usize, byte: u8) -> LexResult {
        if byte != if self.container.list { b']' } else { b'}' } {
            return Err(LexError(PayloadError::UnexpectedByte, at));
        }
        match self.container.role {
            ValueRole::Row => self.index.keys.end_row().map_err(|error| LexError(error, at))?,
            ValueRole::Records => {
                self.in_records = false;
                self.index.end = self.piece_start + at as u32;
            }
            ValueRole::Lookups => {
                self.keep_lookups(piece, at + 1)?;
                self.lookups = None;
                self.index.end_lookups().map_err(|error| LexError(error, at))?;
            }
            _ => {}
        }
        self.container = self.outer.pop().unwrap_or(self.container);
        self.state = if self.outer.is_empty() { LexerState::Done } else { LexerState::AfterValue };
        Ok(at + 1)
    }

    fn keep_lookups(&mut self, piece: &[u8], end: usize) -> Result<(), LexError> {
        let Some(start) = self.lookups else { return Ok(()) };
        let more = piece.get(start..end).unwrap_or_default();
        self.index.add_lookups(more).map_err(|error| LexError(error, start))
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        size_of::<OpenContainer>() * self.outer.capacity()
            + self.text.capacity()
            + self.index.keys.capacity()
            + size_of::<u32>() * self.index.starts.capacity()
            + self.index.lookups.as_ref().map_or(0, Vec::capacity)
    }
}

/// Skips blanks; runs of eight at a time, because indentation comes in runs.
#[inline]
fn skip_blanks(piece: &[u8], mut at: usize) -> usize {
    while piece.get(at..).and_then(<[u8]>::first_chunk) == Some(b"        ") {
        at += 8;
    }
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = piece.get(at) {
        at += 1;
    }
    at
}
