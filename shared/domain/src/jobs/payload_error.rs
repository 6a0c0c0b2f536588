//! Why a payload was refused, and where: told to the caller, so never with a part of the payload.

use std::fmt;

use crate::limit;

/// A member of the payload that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadMember {
    /// `records`
    Records,
    /// `lookups`
    Lookups,
}

/// What is wrong with a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadError {
    /// Nothing but blanks.
    Empty,
    /// More bytes than this.
    TooLarge(u32),
    /// The text ends where more has to come.
    UnexpectedEnd,
    /// A byte that can't stand where it stands.
    UnexpectedByte,
    /// More after the end of the object.
    TrailingData,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// A control character in a string.
    ControlCharacter,
    /// A backslash with something else behind it than JSON allows.
    InvalidEscape,
    /// Half a surrogate pair.
    LoneSurrogate,
    /// A number of another form than JSON's.
    InvalidNumber,
    /// A number that no 64-bit float holds.
    NumberRange,
    /// More levels than [`limit::NESTING`].
    TooDeep,
    /// The payload is a list, a text...
    NotAnObject,
    /// `records` is missing.
    RecordsMissing,
    /// `records` is something else than a list.
    RecordsNotAList,
    /// `lookups` is something else than an object or null.
    LookupsNotAnObject,
    /// `lookups` has another shape than the contract's.
    LookupsInvalid,
    /// `lookups` is larger than [`limit::LOOKUPS_TEXT`].
    LookupsTooLarge,
    /// A member is there twice.
    RepeatedMember(PayloadMember),
    /// More rows than this.
    TooManyRows(u32),
    /// More keys of people than [`limit::PAYLOAD_KEYS`].
    TooManyKeys,
    /// More addresses in one row than [`limit::ROW_KEYS`].
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

    /// Whether a place in the payload says more than the problem does.
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

/// A count of bytes as people write it.
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

/// A refused payload. Its text is the job's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPayload {
    /// What is wrong.
    pub error: PayloadError,
    /// Bytes of the plain payload before the place.
    pub offset: u64,
    /// The row it is in, from 1.
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
