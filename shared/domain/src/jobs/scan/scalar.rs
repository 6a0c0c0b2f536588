//! Lexes numbers and literals.

use super::lexer::{LexError, LexResult, Lexer, LexerState};
use crate::jobs::payload_error::PayloadError;

impl Lexer {
    pub(super) fn start_literal(&mut self, at: usize, rest: &'static [u8]) -> LexResult {
        self.check_scalar(at, rest == b"ull")?;
        self.state = LexerState::Literal(rest);
        Ok(at + 1)
    }

    pub(super) fn read_literal(&mut self, rest: &'static [u8], byte: u8, at: usize) -> LexResult {
        match rest.split_first() {
            Some((first, [])) if *first == byte => self.state = LexerState::AfterValue,
            Some((first, rest)) if *first == byte => self.state = LexerState::Literal(rest),
            _ => return Err(LexError(PayloadError::UnexpectedByte, at)),
        }
        Ok(at + 1)
    }

    pub(super) fn start_number(&mut self, piece: &[u8], at: usize, byte: u8) -> LexResult {
        if !self.number.start(byte) {
            return Err(LexError(PayloadError::UnexpectedByte, at));
        }
        self.check_scalar(at, false)?;
        self.state = LexerState::Number;
        self.read_number(piece, at + 1)
    }

    pub(super) fn read_number(&mut self, piece: &[u8], mut at: usize) -> LexResult {
        while let Some(&byte) = piece.get(at) {
            if !self.number.push_byte(byte) {
                return self.end_number(at);
            }
            at += 1;
        }
        Ok(at)
    }

    fn end_number(&mut self, at: usize) -> LexResult {
        if !self.number.is_complete() {
            return Err(LexError(PayloadError::InvalidNumber, at));
        }
        if !self.number.is_finite() {
            return Err(LexError(PayloadError::NumberRange, at));
        }
        self.state = LexerState::AfterValue;
        Ok(at)
    }
}
