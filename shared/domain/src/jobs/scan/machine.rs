//! JSON's structure over pieces of any size: one pass, nothing of a row is kept.

use super::content::Content;
use super::meaning::Meaning;
use super::number::Number;
use super::string::Escape;
use super::text::Text;
use crate::jobs::malformed::Problem;
use crate::limit;

/// What has to come next, blanks aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A value.
    Value,
    /// A value, or the end of the list that just opened.
    FirstItem,
    /// A member's name.
    Name,
    /// A member's name, or the end of the object that just opened.
    FirstName,
    /// The colon behind a name.
    Colon,
    /// A comma or an end.
    After,
    /// Nothing.
    Done,
    /// The rest of a string, a name if so.
    String { name: bool },
    /// The rest of a number.
    Number,
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
}

/// An open object or list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) meaning: Meaning,
    list: bool,
}

/// A problem and the place in the piece.
pub(super) struct Wrong(pub(super) Problem, pub(super) usize);

/// The place in the piece at which to go on.
pub(super) type Step = Result<usize, Wrong>;

/// Where in the structure the last byte was.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) state: State,
    /// What the next value is.
    pub(super) meaning: Meaning,
    pub(super) frame: Frame,
    outer: Vec<Frame>,
    pub(super) escape: Escape,
    pub(super) text: Text,
    pub(super) number: Number,
    pub(super) content: Content,
    /// Bytes before the piece at hand.
    pub(super) base: u32,
    pub(super) in_records: bool,
    /// Where in the piece the rest of `lookups` starts while they are open.
    lookups: Option<usize>,
}

impl Machine {
    pub(super) fn new(content: Content) -> Self {
        Self {
            state: State::Value,
            meaning: Meaning::Top,
            frame: Frame { meaning: Meaning::Plain, list: false },
            outer: Vec::with_capacity(limit::NESTING),
            escape: Escape::None,
            text: Text::new(),
            number: Number::new(),
            content,
            base: 0,
            in_records: false,
            lookups: None,
        }
    }

    /// Whether nothing but blanks came yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.meaning == Meaning::Top && self.outer.is_empty()
    }

    /// Reads a piece that ends between two characters.
    pub(super) fn read(&mut self, piece: &[u8]) -> Result<(), Wrong> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            at = match self.state {
                State::String { name } => self.string(piece, at, name)?,
                State::Number => self.number(piece, at)?,
                State::Word(rest) => self.word(rest, byte, at)?,
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => skip_blanks(piece, at + 1),
                State::After => self.after(piece, at, byte)?,
                State::Name => self.name(piece, at, byte)?,
                State::Colon => self.colon(at, byte)?,
                State::Value => self.value(piece, at, byte)?,
                State::FirstItem | State::FirstName if byte == b']' || byte == b'}' => {
                    self.close(piece, at, byte)?
                }
                State::FirstName => self.name(piece, at, byte)?,
                State::FirstItem => self.value(piece, at, byte)?,
                State::Done => return Err(Wrong(Problem::Trailing, at)),
            };
        }
        self.keep_lookups(piece, piece.len())?;
        self.lookups = self.lookups.map(|_| 0);
        self.base += piece.len() as u32;
        Ok(())
    }

    #[inline]
    fn name(&mut self, piece: &[u8], at: usize, byte: u8) -> Step {
        match byte {
            b'"' => self.start_string(piece, at + 1, true),
            _ => Err(Wrong(Problem::Unexpected, at)),
        }
    }

    #[inline]
    fn colon(&mut self, at: usize, byte: u8) -> Step {
        if byte != b':' {
            return Err(Wrong(Problem::Unexpected, at));
        }
        self.state = State::Value;
        Ok(at + 1)
    }

    #[inline]
    fn value(&mut self, piece: &[u8], at: usize, byte: u8) -> Step {
        if self.meaning == Meaning::Row {
            self.content.start_row(self.base + at as u32).map_err(|problem| Wrong(problem, at))?;
        }
        match byte {
            b'{' | b'[' => return self.open(at, byte == b'['),
            b'"' => self.scalar(at, false)?,
            b't' => return self.start_word(at, b"rue"),
            b'f' => return self.start_word(at, b"alse"),
            b'n' => return self.start_word(at, b"ull"),
            _ => return self.start_number(piece, at, byte),
        }
        self.start_string(piece, at + 1, false)
    }

    #[inline]
    pub(super) fn scalar(&self, at: usize, null: bool) -> Result<(), Wrong> {
        self.meaning.scalar(null).map_err(|problem| Wrong(problem, at))
    }

    fn open(&mut self, at: usize, list: bool) -> Step {
        let meaning = self.meaning.opened(list).map_err(|problem| Wrong(problem, at))?;
        if self.outer.len() >= limit::NESTING {
            return Err(Wrong(Problem::TooDeep, at));
        }
        match meaning {
            Meaning::Records => self.in_records = true,
            Meaning::Lookups => {
                self.content.start_lookups();
                self.lookups = Some(at);
            }
            _ => {}
        }
        self.outer.push(self.frame);
        self.frame = Frame { meaning, list };
        self.meaning = if list { meaning.item() } else { Meaning::Plain };
        self.state = if list { State::FirstItem } else { State::FirstName };
        Ok(at + 1)
    }

    #[inline]
    fn after(&mut self, piece: &[u8], at: usize, byte: u8) -> Step {
        if byte != b',' {
            return self.close(piece, at, byte);
        }
        if self.frame.list {
            self.meaning = self.frame.meaning.item();
            self.state = State::Value;
        } else {
            self.state = State::Name;
        }
        Ok(at + 1)
    }

    fn close(&mut self, piece: &[u8], at: usize, byte: u8) -> Step {
        if byte != if self.frame.list { b']' } else { b'}' } {
            return Err(Wrong(Problem::Unexpected, at));
        }
        match self.frame.meaning {
            Meaning::Row => self.content.keys.end_row().map_err(|problem| Wrong(problem, at))?,
            Meaning::Records => {
                self.in_records = false;
                self.content.end = self.base + at as u32;
            }
            Meaning::Lookups => {
                self.keep_lookups(piece, at + 1)?;
                self.lookups = None;
                self.content.end_lookups().map_err(|problem| Wrong(problem, at))?;
            }
            _ => {}
        }
        self.frame = self.outer.pop().unwrap_or(self.frame);
        self.state = if self.outer.is_empty() { State::Done } else { State::After };
        Ok(at + 1)
    }

    fn keep_lookups(&mut self, piece: &[u8], end: usize) -> Result<(), Wrong> {
        let Some(start) = self.lookups else { return Ok(()) };
        let more = piece.get(start..end).unwrap_or_default();
        self.content.add_lookups(more).map_err(|problem| Wrong(problem, start))
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        size_of::<Frame>() * self.outer.capacity()
            + self.text.capacity()
            + self.content.keys.capacity()
            + size_of::<u32>() * self.content.starts.capacity()
            + self.content.lookups.as_ref().map_or(0, Vec::capacity)
    }
}

/// Indentation comes in runs.
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
