//! Strings of a payload: names and values, mostly in one piece and without escapes.

use super::machine::{Machine, State, Step, Wrong};
use super::meaning::Meaning;
use super::swar::plain;
use crate::jobs::malformed::Problem;

/// Where in an escape the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
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

impl Machine {
    /// Reads a string from behind its quote; most end in the same piece.
    #[inline]
    pub(super) fn start_string(&mut self, piece: &[u8], start: usize, name: bool) -> Step {
        let rest = piece.get(start..).unwrap_or_default();
        let length = plain(rest);
        if rest.get(length) == Some(&b'"') {
            let whole = rest.get(..length).unwrap_or_default();
            return self.end_string(whole, start + length, name);
        }
        self.text.clear();
        self.escape = Escape::None;
        self.state = State::String { name };
        Ok(start)
    }

    /// A string that lies in the piece at hand, `at` being its closing quote.
    #[inline]
    fn end_string(&mut self, whole: &[u8], at: usize, name: bool) -> Step {
        let wrong = |problem| Wrong(problem, at);
        if name {
            self.meaning = if self.frame.meaning.reads_names() {
                self.content.member(self.frame.meaning, whole).map_err(wrong)?
            } else {
                Meaning::Plain
            };
            self.state = State::Colon;
        } else {
            if let Meaning::Key(kinds) = self.meaning {
                self.content.text(kinds, whole).map_err(wrong)?;
            }
            self.state = State::After;
        }
        Ok(at + 1)
    }

    /// Reads on in a string that was gathered so far.
    pub(super) fn string(&mut self, piece: &[u8], mut at: usize, name: bool) -> Step {
        while let Some(&byte) = piece.get(at) {
            if self.escape != Escape::None {
                self.escape(byte, name).map_err(|problem| Wrong(problem, at))?;
                at += 1;
                continue;
            }
            let rest = piece.get(at..).unwrap_or_default();
            let length = plain(rest);
            self.gather(rest.get(..length).unwrap_or_default(), name);
            at += length;
            match rest.get(length) {
                Some(b'"') => return self.end_gathered(at, name),
                Some(b'\\') => self.escape = Escape::Backslash,
                Some(_) => return Err(Wrong(Problem::Control, at)),
                None => break,
            }
            at += 1;
        }
        Ok(at)
    }

    fn end_gathered(&mut self, at: usize, name: bool) -> Step {
        let kept = if name {
            self.state = State::Colon;
            let meaning = self.content.member(self.frame.meaning, self.text.name());
            meaning.map(|meaning| self.meaning = meaning)
        } else {
            self.state = State::After;
            match (self.meaning, self.text.get()) {
                (Meaning::Key(kinds), Some(key)) => self.content.key(kinds, key, key.contains('@')),
                _ => Ok(()),
            }
        };
        kept.map(|()| at + 1).map_err(|problem| Wrong(problem, at))
    }

    /// Keeps more of the string if anyone asks for it.
    fn gather(&mut self, more: &[u8], name: bool) {
        let asked = if name {
            self.frame.meaning.reads_names()
        } else {
            matches!(self.meaning, Meaning::Key(_))
        };
        // The piece is known to be UTF-8, and a plain part is cut at ASCII only.
        if let (true, Ok(more)) = (asked, std::str::from_utf8(more)) {
            if name { self.text.push_name(more) } else { self.text.push_value(more) }
        }
    }

    fn gather_char(&mut self, c: char, name: bool) {
        let mut buffer = [0; 4];
        self.gather(c.encode_utf8(&mut buffer).as_bytes(), name);
        self.escape = Escape::None;
    }

    /// Takes one more byte of an escape.
    fn escape(&mut self, byte: u8, name: bool) -> Result<(), Problem> {
        match self.escape {
            Escape::Backslash => match unescape(byte) {
                Some(c) => self.gather_char(c, name),
                None if byte == b'u' => {
                    self.escape = Escape::Hex { left: 4, value: 0, high: None };
                }
                None => return Err(Problem::Escape),
            },
            Escape::Hex { left, value, high } => {
                let digit = char::from(byte).to_digit(16).ok_or(Problem::Escape)?;
                let value = value << 4 | digit as u16;
                if left > 1 {
                    self.escape = Escape::Hex { left: left - 1, value, high };
                } else {
                    self.end_hex(value, high, name)?;
                }
            }
            Escape::High(high) if byte == b'\\' => self.escape = Escape::HighBackslash(high),
            Escape::HighBackslash(high) if byte == b'u' => {
                self.escape = Escape::Hex { left: 4, value: 0, high: Some(high) };
            }
            _ => return Err(Problem::Surrogate),
        }
        Ok(())
    }

    fn end_hex(&mut self, value: u16, high: Option<u16>, name: bool) -> Result<(), Problem> {
        if high.is_none() && (0xD800..0xDC00).contains(&value) {
            self.escape = Escape::High(value);
            return Ok(());
        }
        let units = high.into_iter().chain([value]);
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => {
                self.gather_char(c, name);
                Ok(())
            }
            _ => Err(Problem::Surrogate),
        }
    }
}

/// What a backslash and this byte stand for.
fn unescape(byte: u8) -> Option<char> {
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
