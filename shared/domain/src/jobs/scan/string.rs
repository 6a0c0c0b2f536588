//! Lexes strings: names and values, most of them in one piece and without escapes.

use super::lexer::{LexError, LexResult, Lexer, LexerState};
use super::swar::plain_prefix_len;
use super::value_role::ValueRole;
use crate::jobs::payload_error::PayloadError;

/// The position in an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EscapeState {
    None,
    /// After the backslash.
    Backslash,
    /// Among the four digits: the number of digits to come, their value so far, the preceding high
    /// surrogate.
    Hex {
        left: u8,
        value: u16,
        high: Option<u16>,
    },
    /// After a high surrogate: a backslash must follow.
    High(u16),
    /// After that backslash: a `u` must follow.
    HighBackslash(u16),
}

impl Lexer {
    /// Reads a string from after its quote; most end in the same piece.
    #[inline]
    pub(super) fn start_string(&mut self, piece: &[u8], start: usize, name: bool) -> LexResult {
        let rest = piece.get(start..).unwrap_or_default();
        let length = plain_prefix_len(rest);
        if rest.get(length) == Some(&b'"') {
            let text = rest.get(..length).unwrap_or_default();
            return self.end_contiguous_string(text, start + length, name);
        }
        self.text.clear();
        self.escape = EscapeState::None;
        self.state = LexerState::String { name };
        Ok(start)
    }

    /// Ends a string that is contiguous in the piece; `at` is its closing quote.
    #[inline]
    fn end_contiguous_string(&mut self, text: &[u8], at: usize, name: bool) -> LexResult {
        let error_at = |error| LexError(error, at);
        if name {
            self.role = if self.container.role.reads_names() {
                self.index.enter_member(self.container.role, text).map_err(error_at)?
            } else {
                ValueRole::Other
            };
            self.state = LexerState::Colon;
        } else {
            if let ValueRole::Key(kinds) = self.role {
                self.index.add_text(kinds, text).map_err(error_at)?;
            }
            self.state = LexerState::AfterValue;
        }
        Ok(at + 1)
    }

    /// Continues a string that is buffered.
    pub(super) fn read_string(&mut self, piece: &[u8], mut at: usize, name: bool) -> LexResult {
        while let Some(&byte) = piece.get(at) {
            if self.escape != EscapeState::None {
                self.read_escape(byte, name).map_err(|error| LexError(error, at))?;
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
            let role = self.index.enter_member(self.container.role, self.text.name());
            role.map(|role| self.role = role)
        } else {
            self.state = LexerState::AfterValue;
            match (self.role, self.text.as_key_text()) {
                (ValueRole::Key(kinds), Some(key)) => {
                    self.index.add_key(kinds, key, key.contains('@'))
                }
                _ => Ok(()),
            }
        };
        kept.map(|()| at + 1).map_err(|error| LexError(error, at))
    }

    /// Buffers more of the string, if its value matters.
    fn buffer_text(&mut self, more: &[u8], name: bool) {
        let is_read = if name {
            self.container.role.reads_names()
        } else {
            matches!(self.role, ValueRole::Key(_))
        };
        // The piece is valid UTF-8, and a plain part is cut at ASCII bytes only.
        if let (true, Ok(more)) = (is_read, std::str::from_utf8(more)) {
            if name { self.text.push_name(more) } else { self.text.push_value(more) }
        }
    }

    fn buffer_char(&mut self, c: char, name: bool) {
        let mut buffer = [0; 4];
        self.buffer_text(c.encode_utf8(&mut buffer).as_bytes(), name);
        self.escape = EscapeState::None;
    }

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

/// The character that a backslash and this byte escape.
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
