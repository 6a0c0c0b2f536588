//! The reason and the position of a payload's refusal. Callers see both, so they never contain a
//! part of the payload.

use std::fmt;

use crate::limit;

/// A member of the payload that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadMember {
    Records,
    Lookups,
}

/// The reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadError {
    /// Only blanks.
    Empty,
    /// More bytes than this limit.
    TooLarge(u32),
    UnexpectedEnd,
    /// A byte that is not allowed at its position.
    UnexpectedByte,
    /// More than blanks after the end of the object.
    TrailingData,
    InvalidUtf8,
    ControlCharacter,
    /// A backslash that is not followed by an escape of JSON.
    InvalidEscape,
    /// One half of a surrogate pair.
    LoneSurrogate,
    /// A number that is not in JSON's form.
    InvalidNumber,
    /// A number beyond the range of 64-bit floats.
    NumberRange,
    /// More levels than [`limit::NESTING_LEVELS_MAX`].
    TooDeep,
    /// The payload is a list or a scalar.
    NotAnObject,
    RecordsMissing,
    RecordsNotAList,
    /// `lookups` is neither an object nor null.
    LookupsNotAnObject,
    /// `lookups` does not have the contract's shape.
    LookupsInvalid,
    /// `lookups` is larger than [`limit::LOOKUPS_BYTES_MAX`].
    LookupsTooLarge,
    RepeatedMember(PayloadMember),
    /// More rows than this limit.
    TooManyRows(u32),
    /// More keys of people than [`limit::PAYLOAD_KEYS_MAX`].
    TooManyKeys,
    /// More addresses in one row than [`limit::ROW_KEYS_MAX`].
    TooManyRowKeys,
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_json = match self {
            Self::UnexpectedEnd => "it ends too early",
            Self::UnexpectedByte => "an unexpected character",
            Self::TrailingData => "more after its end",
            Self::InvalidUtf8 => "no UTF-8",
            Self::ControlCharacter => "a control character in a string",
            Self::InvalidEscape => "an unknown escape in a string",
            Self::LoneSurrogate => "half a surrogate pair in a string",
            Self::InvalidNumber => "an incomplete number",
            Self::NumberRange => "a number out of range",
            _ => return self.fmt_shape(f),
        };
        write!(f, "The payload is not JSON: {not_json}")
    }
}

impl PayloadError {
    fn fmt_shape(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => {
                write!(f, "The payload is larger than {}", ByteSize(u64::from(bytes)))
            }
            Self::TooDeep => {
                write!(f, "The payload nests deeper than {} levels", limit::NESTING_LEVELS_MAX)
            }
            Self::LookupsTooLarge => {
                write!(f, "`lookups` is larger than {}", ByteSize(limit::LOOKUPS_BYTES_MAX as u64))
            }
            Self::RepeatedMember(PayloadMember::Records) => f.write_str("`records` is there twice"),
            Self::RepeatedMember(PayloadMember::Lookups) => f.write_str("`lookups` is there twice"),
            Self::TooManyRows(rows) => write!(f, "The payload has more than {rows} records"),
            Self::TooManyKeys => {
                write!(f, "The payload has more than {} keys of people", limit::PAYLOAD_KEYS_MAX)
            }
            Self::TooManyRowKeys => {
                write!(f, "A record has more than {} email addresses", limit::ROW_KEYS_MAX)
            }
            Self::Empty => f.write_str("The payload is empty"),
            Self::RecordsMissing => f.write_str("The payload has no list `records`"),
            Self::RecordsNotAList => f.write_str("`records` is no list"),
            Self::LookupsNotAnObject => f.write_str("`lookups` is no object"),
            Self::LookupsInvalid => f.write_str("`lookups` is not formed as lookups are"),
            _ => f.write_str("The payload is no object"),
        }
    }

    /// Whether the position in the payload adds information.
    fn has_position(self) -> bool {
        !matches!(
            self,
            Self::Empty
                | Self::TooLarge(_)
                | Self::RecordsMissing
                | Self::LookupsInvalid
                | Self::LookupsTooLarge
                | Self::TooManyRows(_)
                | Self::TooManyKeys
        )
    }
}

/// A number of bytes in the largest unit that divides it.
struct ByteSize(u64);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KB: u64 = 1024;
        match self.0 {
            bytes if bytes > 0 && bytes % (KB * KB) == 0 => write!(f, "{} MB", bytes / KB / KB),
            bytes if bytes > 0 && bytes % KB == 0 => write!(f, "{} KB", bytes / KB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

/// A refused payload. Its `Display` text is the job's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPayload {
    pub error: PayloadError,
    /// The position in the plain payload, in bytes.
    pub offset: u64,
    /// The row at the position, from 1.
    pub row: Option<u32>,
}

impl fmt::Display for MalformedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        match self.row {
            _ if !self.error.has_position() => Ok(()),
            Some(row) => write!(f, " at byte {}, in row {row}", self.offset),
            None => write!(f, " at byte {}", self.offset),
        }
    }
}

impl std::error::Error for MalformedPayload {}
