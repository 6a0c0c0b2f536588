//! Why a payload was refused, and where: told to the caller, so never with a part of the payload.

use std::fmt;

use crate::limit;

/// A member of the payload that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `records`
    Records,
    /// `lookups`
    Lookups,
}

/// What is wrong with a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing but blanks.
    Empty,
    /// More bytes than this.
    TooLarge(u32),
    /// The text ends where more has to come.
    Ended,
    /// A byte that can't stand where it stands.
    Unexpected,
    /// More after the end of the object.
    Trailing,
    /// Bytes that are no UTF-8.
    Utf8,
    /// A control character in a string.
    Control,
    /// A backslash with something else behind it than JSON allows.
    Escape,
    /// Half a surrogate pair.
    Surrogate,
    /// A number of another form than JSON's.
    Number,
    /// A number that no 64-bit float holds.
    NumberRange,
    /// More levels than [`limit::NESTING`].
    TooDeep,
    /// The payload is a list, a text...
    NoObject,
    /// `records` is missing.
    NoRecords,
    /// `records` is something else than a list.
    RecordsNoList,
    /// `lookups` is something else than an object or null.
    LookupsNoObject,
    /// `lookups` has another shape than the contract's.
    LookupsShape,
    /// `lookups` is larger than [`limit::LOOKUPS_TEXT`].
    LookupsTooLarge,
    /// A member is there twice.
    Repeated(Member),
    /// More rows than this.
    TooManyRows(u32),
    /// More keys of people than [`limit::PAYLOAD_KEYS`].
    TooManyKeys,
    /// More addresses in one row than [`limit::ROW_KEYS`].
    TooManyRowKeys,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_json = match self {
            Self::Ended => "it ends too early",
            Self::Unexpected => "an unexpected character",
            Self::Trailing => "more after its end",
            Self::Utf8 => "no UTF-8",
            Self::Control => "a control character in a string",
            Self::Escape => "an unknown escape in a string",
            Self::Surrogate => "half a surrogate pair in a string",
            Self::Number => "an incomplete number",
            Self::NumberRange => "a number out of range",
            _ => return self.fmt_shape(f),
        };
        write!(f, "The payload is not JSON: {not_json}")
    }
}

impl Problem {
    fn fmt_shape(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => {
                write!(f, "The payload is larger than {}", Size(u64::from(bytes)))
            }
            Self::TooDeep => {
                write!(f, "The payload nests deeper than {} levels", limit::NESTING)
            }
            Self::LookupsTooLarge => {
                write!(f, "`lookups` is larger than {}", Size(limit::LOOKUPS_TEXT as u64))
            }
            Self::Repeated(Member::Records) => f.write_str("`records` is there twice"),
            Self::Repeated(Member::Lookups) => f.write_str("`lookups` is there twice"),
            Self::TooManyRows(rows) => write!(f, "The payload has more than {rows} records"),
            Self::TooManyKeys => {
                write!(f, "The payload has more than {} keys of people", limit::PAYLOAD_KEYS)
            }
            Self::TooManyRowKeys => {
                write!(f, "A record has more than {} email addresses", limit::ROW_KEYS)
            }
            Self::Empty => f.write_str("The payload is empty"),
            Self::NoRecords => f.write_str("The payload has no list `records`"),
            Self::RecordsNoList => f.write_str("`records` is no list"),
            Self::LookupsNoObject => f.write_str("`lookups` is no object"),
            Self::LookupsShape => f.write_str("`lookups` is not formed as lookups are"),
            _ => f.write_str("The payload is no object"),
        }
    }

    /// Whether a place in the payload says more than the problem does.
    fn has_place(self) -> bool {
        !matches!(
            self,
            Self::Empty
                | Self::TooLarge(_)
                | Self::NoRecords
                | Self::LookupsShape
                | Self::LookupsTooLarge
                | Self::TooManyRows(_)
                | Self::TooManyKeys
        )
    }
}

/// A count of bytes as people write it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KB: u64 = 1024;
        match self.0 {
            bytes if bytes > 0 && bytes % (KB * KB) == 0 => write!(f, "{} MB", bytes / KB / KB),
            bytes if bytes > 0 && bytes % KB == 0 => write!(f, "{} KB", bytes / KB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

/// A refused payload. Its text is the job's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub problem: Problem,
    /// Bytes of the plain payload before the place.
    pub at: u64,
    /// The row it is in, from 1.
    pub row: Option<u32>,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)?;
        match self.row {
            _ if !self.problem.has_place() => Ok(()),
            Some(row) => write!(f, " at byte {}, in row {row}", self.at),
            None => write!(f, " at byte {}", self.at),
        }
    }
}

impl std::error::Error for Malformed {}
