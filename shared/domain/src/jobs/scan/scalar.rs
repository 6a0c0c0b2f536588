//! Numbers and literals of a payload.

use super::machine::{Machine, State, Step, Wrong};
use crate::jobs::malformed::Problem;

impl Machine {
    pub(super) fn start_word(&mut self, at: usize, rest: &'static [u8]) -> Step {
        self.scalar(at, rest == b"ull")?;
        self.state = State::Word(rest);
        Ok(at + 1)
    }

    pub(super) fn word(&mut self, rest: &'static [u8], byte: u8, at: usize) -> Step {
        match rest.split_first() {
            Some((first, [])) if *first == byte => self.state = State::After,
            Some((first, rest)) if *first == byte => self.state = State::Word(rest),
            _ => return Err(Wrong(Problem::Unexpected, at)),
        }
        Ok(at + 1)
    }

    pub(super) fn start_number(&mut self, piece: &[u8], at: usize, byte: u8) -> Step {
        if !self.number.start(byte) {
            return Err(Wrong(Problem::Unexpected, at));
        }
        self.scalar(at, false)?;
        self.state = State::Number;
        self.number(piece, at + 1)
    }

    pub(super) fn number(&mut self, piece: &[u8], mut at: usize) -> Step {
        while let Some(&byte) = piece.get(at) {
            if !self.number.push(byte) {
                return self.end_number(at);
            }
            at += 1;
        }
        Ok(at)
    }

    fn end_number(&mut self, at: usize) -> Step {
        if !self.number.is_complete() {
            return Err(Wrong(Problem::Number, at));
        }
        if !self.number.is_finite() {
            return Err(Wrong(Problem::NumberRange, at));
        }
        self.state = State::After;
        Ok(at)
    }
}
