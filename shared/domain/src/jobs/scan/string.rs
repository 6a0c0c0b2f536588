//! Strings of a payload: names and values, mostly in one piece and without escapes.

use super::lexer::{LexError, LexResult, Lexer, LexerState};
use super::swar::plain_prefix_len;
use super::value_role::ValueRole;
use crate::jobs::payload_error::PayloadError;

/// Where in an escape the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EscapeState {
    /// In none.
    None,
    /// Behind the backslash.
    Backslash,
    /// Among the four digits: how many are to come, their value so far, the high surrogate before.
    Hex { left: u8, value: u16, high: Option<u16> },
    /// Behind a high surrogate: a backslash has to come.
    High(u16),
    /// Behind that: a `u`.
    HighBackslash(u16),
}

impl Lexer {
    /// Reads a string from behind its quote; most end in the same piece.
    #[inline]
    pub(super) fn start_string(&mut self, piece: &[u8], start: usize, name: bool) -> LexResult {
        let rest = piece.get(start..).unwrap_or_default();
        let length = plain_prefix_len(rest);
        if rest.get(length) == Some(&b'"') {
            let whole = rest.get(..length).unwrap_or_default();
            return self.end_contiguous_string(whole, start + length, name);
        }
        self.text.clear();
        self.escape = EscapeState::None;
        self.state = LexerState::String { name };
        Ok(start)
    }

    /// A string that lies in the piece at hand, `at` being its closing quote.
    #[inline]
    fn end_contiguous_string(&mut self, whole: &[u8], at: usize, name: bool) -> LexResult {
        let wrong = |problem| LexError(problem, at);
        if name {
            self.role = if self.container.role.reads_names() {
                self.index.enter_member(self.container.role, whole).map_err(wrong)?
            } else {
                ValueRole::Other
            };
            self.state = LexerState::Colon;
        } else {
            if let ValueRole::Key(kinds) = self.role {
                self.index.add_text(kinds, whole).map_err(wrong)?;
            }
            self.state = LexerState::AfterValue;
        }
        Ok(at + 1)
    }

    /// Reads on in a string that was gathered so far.
    pub(super) fn read_string(&mut self, piece: &[u8], mut at: usize, name: bool) -> LexResult {
        while let Some(&byte) = piece.get(at) {
            if self.escape != EscapeState::None {
                self.read_escape(byte, name).map_err(|problem| LexError(problem, at))?;
                at += 1;
                continue;
            }
            let rest = piece.get(at..).unwrap_or_default();
            let length = plain_prefix_len(rest);
            self.buffer_text(rest.get(..length).unwrap_or_default(), name);
            at += length;
            match rest.get(length) {
                Some(b'"') => return self.end_buffered_string(at, name),
                Some(b'\\') => self.escape = EscapeState::Backslash,
                Some(_) => return Err(LexError(PayloadError::ControlCharacter, at)),
                None => break,
            }
            at += 1;
        }
        Ok(at)
    }

    fn end_buffered_string(&mut self, at: usize, name: bool) -> LexResult {
        let kept = if name {
            self.state = LexerState::Colon;
            let meaning = self.index.enter_member(self.container.role, self.text.name());
            meaning.map(|meaning| self.role = meaning)
        } else {
            self.state = LexerState::AfterValue;
            match (self.role, self.text.as_key_text()) {
                (ValueRole::Key(kinds), Some(key)) => {
                    self.index.add_key(kinds, key, key.contains('@'))
                }
                _ => Ok(()),
            }
        };
        kept.map(|()| at + 1).map_err(|problem| LexError(problem, at))
    }

    /// Keeps more of the string if anyone asks for it.
    fn buffer_text(&mut self, more: &[u8], name: bool) {
        let asked = if name {
            self.container.role.reads_names()
        } else {
            matches!(self.role, ValueRole::Key(_))
        };
        // The piece is known to be UTF-8, and a plain part is cut at ASCII only.
        if let (true, Ok(more)) = (asked, std::str::from_utf8(more)) {
            if name { self.text.push_name(more) } else { self.text.push_value(more) }
        }
    }

    fn buffer_char(&mut self, c: char, name: bool) {
        let mut buffer = [0; 4];
        self.buffer_text(c.encode_utf8(&mut buffer).as_bytes(), name);
        self.escape = EscapeState::None;
    }

    /// Takes one more byte of an escape.
    fn read_escape(&mut self, byte: u8, name: bool) -> Result<(), PayloadError> {
        match self.escape {
            EscapeState::Backslash => match unescape_byte(byte) {
                Some(c) => self.buffer_char(c, name),
                None if byte == b'u' => {
                    self.escape = EscapeState::Hex { left: 4, value: 0, high: None };
                }
                None => return Err(PayloadError::InvalidEscape),
            },
            EscapeState::Hex { left, value, high } => {
                let digit = char::from(byte).to_digit(16).ok_or(PayloadError::InvalidEscape)?;
                let value = value << 4 | digit as u16;
                if left > 1 {
                    self.escape = EscapeState::Hex { left: left - 1, value, high };
                } else {
                    self.end_hex(value, high, name)?;
                }
            }
            EscapeState::High(high) if byte == b'\\' => {
                self.escape = EscapeState::HighBackslash(high)
            }
            EscapeState::HighBackslash(high) if byte == b'u' => {
                self.escape = EscapeState::Hex { left: 4, value: 0, high: Some(high) };
            }
            _ => return Err(PayloadError::LoneSurrogate),
        }
        Ok(())
    }

    fn end_hex(&mut self, value: u16, high: Option<u16>, name: bool) -> Result<(), PayloadError> {
        if high.is_none() && (0xD800..0xDC00).contains(&value) {
            self.escape = EscapeState::High(value);
            return Ok(());
        }
        let units = high.into_iter().chain([value]);
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => {
                self.buffer_char(c, name);
                Ok(())
            }
            _ => Err(PayloadError::LoneSurrogate),
        }
    }
}

/// What a backslash and this byte stand for.
fn unescape_byte(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}
