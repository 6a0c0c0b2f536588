//! Scans numbers byte by byte: JSON's grammar, and whether the number is in the range of 64-bit
//! floats.
//!
//! The row parser refuses `1e999`, and a worker must be able to parse every row that is accepted
//! here.

/// Digits that decide whether a number rounds to infinity: the greatest float has 309.
const DIGITS_MAX: usize = 320;

/// The part of the number that the last byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberPhase {
    Minus,
    Zero,
    Integer,
    Dot,
    Fraction,
    Letter,
    Sign,
    Exponent,
}

/// The current number: `0.digits` times ten to the `scale`, and its exponent.
#[derive(Debug)]
pub(super) struct NumberScanner {
    phase: NumberPhase,
    digits: [u8; DIGITS_MAX],
    length: usize,
    /// Whether a digit beyond [`DIGITS_MAX`] is not zero.
    has_more_digits: bool,
    scale: i64,
    exponent: i64,
    has_negative_exponent: bool,
}

impl NumberScanner {
    pub(super) fn new() -> Self {
        Self {
            phase: NumberPhase::Zero,
            digits: [0; DIGITS_MAX],
            length: 0,
            has_more_digits: false,
            scale: 0,
            exponent: 0,
            has_negative_exponent: false,
        }
    }

    /// Starts a number with its first byte; false if the byte starts none.
    pub(super) fn start(&mut self, byte: u8) -> bool {
        (self.length, self.has_more_digits) = (0, false);
        (self.scale, self.exponent, self.has_negative_exponent) = (0, 0, false);
        match byte {
            b'-' => self.phase = NumberPhase::Minus,
            b'0' => self.phase = NumberPhase::Zero,
            b'1'..=b'9' => {
                self.phase = NumberPhase::Integer;
                self.push_digit(byte);
            }
            _ => return false,
        }
        true
    }

    /// Adds a byte; false if it does not belong to the number.
    pub(super) fn push_byte(&mut self, byte: u8) -> bool {
        if byte.is_ascii_digit()
            && matches!(self.phase, NumberPhase::Integer | NumberPhase::Fraction)
        {
            self.push_digit(byte);
            return true;
        }
        use NumberPhase::{Dot, Exponent, Fraction, Integer, Letter, Minus, Sign, Zero};
        let phase = match (self.phase, byte) {
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Dot,
            (Dot | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => Letter,
            (Letter, b'+' | b'-') => Sign,
            (Letter | Sign | Exponent, b'0'..=b'9') => Exponent,
            _ => return false,
        };
        self.phase = phase;
        match phase {
            Integer | Fraction => self.push_digit(byte),
            Sign => self.has_negative_exponent = byte == b'-',
            Exponent => {
                self.exponent =
                    self.exponent.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
            }
            _ => {}
        }
        true
    }

    #[inline]
    fn push_digit(&mut self, byte: u8) {
        let leading = self.length == 0 && byte == b'0';
        if self.phase == NumberPhase::Integer {
            self.scale += 1;
        } else if leading {
            self.scale -= 1;
        }
        if leading {
            return;
        }
        match self.digits.get_mut(self.length) {
            Some(digit) => {
                *digit = byte;
                self.length += 1;
            }
            None => self.has_more_digits |= byte != b'0',
        }
    }

    /// Whether the number may end here.
    pub(super) fn is_complete(&self) -> bool {
        matches!(
            self.phase,
            NumberPhase::Zero
                | NumberPhase::Integer
                | NumberPhase::Fraction
                | NumberPhase::Exponent
        )
    }

    /// Whether it rounds to a finite float, which the row parser requires.
    pub(super) fn is_finite(&self) -> bool {
        let exponent = if self.has_negative_exponent { -self.exponent } else { self.exponent };
        let scale = self.scale.saturating_add(exponent);
        if scale < 309 || self.length == 0 {
            return true;
        }
        let digits = self.digits.get(..self.length).and_then(|text| str::from_utf8(text).ok());
        let tail = if self.has_more_digits { "1" } else { "" };
        let text = format!("0.{}{tail}e{scale}", digits.unwrap_or_default());
        scale == 309 && text.parse().is_ok_and(f64::is_finite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let mut number = NumberScanner::new();
        let mut bytes = text.bytes();
        bytes.next().is_some_and(|first| number.start(first))
            && bytes.all(|byte| number.push_byte(byte))
            && number.is_complete()
            && number.is_finite()
    }

    #[test]
    fn numbers_are_those_of_the_row_parser() {
        let max = format!("{:.0}", f64::MAX);
        // Half a step above the greatest float: rounds up, to infinity.
        let half = "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797758720709633028641669288791094655554785194040263065748867150582068190890200070838367627385484581771153176447573027006985557136695962284291481986083493647529271907416844436551070434271155969950809304288017790417449779";
        let many = [
            "0",
            "-0",
            "00",
            "01",
            "-",
            "-a",
            "1.",
            ".5",
            "1.e5",
            "1e",
            "1e+",
            "1E-0",
            "1e308",
            "1e309",
            "1e999",
            "-1e999",
            "0e999999999999999999999999",
            "1e-99999999999999999999",
            "1e99999999999999999999",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "17976931348623157e292",
            "0.00017976931348623158e312",
            "0.0001e312",
            "0.0001e313",
            "123.456e-7",
            "18446744073709551616",
            "-9223372036854775809",
            "+1",
            "1 ",
        ]
        .map(str::to_owned);
        let long = [
            max.clone(),
            format!("{max}0"),
            half.to_owned(),
            half.replacen("449779", "449778", 1),
            format!("{}.{}", half.replacen("449779", "449778", 1), "9".repeat(50)),
            format!("{max}.{}", "9".repeat(1000)),
            format!("0.{}1e1308", "0".repeat(999)),
            format!("0.{}1e1309", "0".repeat(999)),
            format!("1{}e-1000", "0".repeat(1308)),
            format!("1{}e-1000", "0".repeat(1309)),
            format!("0{}", "0".repeat(10)),
        ];
        for text in many.iter().chain(&long) {
            // The caller skips blanks after a number.
            let parsed = serde_json::from_str::<serde_json::Value>(text).is_ok() && text != "1 ";
            assert_eq!(accepts(text), parsed, "{text}");
        }
    }
}
