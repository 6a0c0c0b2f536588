//! What a value in a payload is to us, by the names on the way to it (contract:
//! jobs#place-of-lookups, jobs#order-of-rows).

use super::PersonLookupSources;
use crate::jobs::payload_error::PayloadError;

/// What a value is. Of another JSON type than its name asks for it is plain: its row fails, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueRole {
    /// The whole payload.
    Payload,
    /// Its `records`.
    Records,
    /// Its `lookups`.
    Lookups,
    /// One of `records`.
    Row,
    /// `companies` of a row.
    Companies,
    /// One of them.
    Company,
    /// `relationships` of a row or a company.
    Relationships,
    /// One of them.
    Relationship,
    /// `lookups` of a row.
    RowLookups,
    /// A member that may be a key.
    Key(KeyKinds),
    /// Anything else.
    Other,
}

/// What a text may be a key as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KeyKinds {
    /// An address.
    pub(super) email: bool,
    /// An id.
    pub(super) gsid: bool,
}

impl ValueRole {
    /// What an object or a list is that opens where this is expected.
    pub(super) fn container_role(self, list: bool) -> Result<Self, PayloadError> {
        match (self, list) {
            (Self::Payload, true) => Err(PayloadError::NotAnObject),
            (Self::Records, false) => Err(PayloadError::RecordsNotAList),
            (Self::Lookups, true) => Err(PayloadError::LookupsNotAnObject),
            (Self::Records | Self::Companies | Self::Relationships, true)
            | (
                Self::Payload | Self::Lookups | Self::Row | Self::Company | Self::Relationship,
                false,
            ) => Ok(self),
            _ => Ok(Self::Other),
        }
    }

    /// Whether a text, a number or a literal may stand here.
    pub(super) fn check_scalar(self, null: bool) -> Result<(), PayloadError> {
        match self {
            Self::Payload => Err(PayloadError::NotAnObject),
            Self::Records => Err(PayloadError::RecordsNotAList),
            Self::Lookups if !null => Err(PayloadError::LookupsNotAnObject),
            _ => Ok(()),
        }
    }

    /// What the items of this list are.
    pub(super) fn item_role(self) -> Self {
        match self {
            Self::Records => Self::Row,
            Self::Companies => Self::Company,
            Self::Relationships => Self::Relationship,
            _ => Self::Other,
        }
    }

    /// Whether names in this object matter.
    pub(super) fn reads_names(self) -> bool {
        matches!(self, Self::Payload | Self::Row | Self::Company | Self::Relationship)
    }

    /// What the member of this object with this name is. A name ignores case.
    pub(super) fn member_role(self, name: &[u8], sources: &PersonLookupSources) -> Self {
        let is = |own: &str| name.eq_ignore_ascii_case(own.as_bytes());
        match self {
            Self::Payload if is("records") => Self::Records,
            Self::Payload if is("lookups") => Self::Lookups,
            Self::Row => match name.len() {
                4 if is("Gsid") => key_role(true, false, name, &sources.people),
                5 if is("Email") => key_role(false, true, name, &sources.people),
                7 if is("lookups") => Self::RowLookups,
                9 if is("Person_ID") => key_role(true, false, name, &sources.people),
                9 if is("companies") => Self::Companies,
                13 if is("relationships") => Self::Relationships,
                _ => key_role(false, false, name, &sources.people),
            },
            Self::Company if is("relationships") => Self::Relationships,
            Self::Company => key_role(is("Person_ID"), false, name, &sources.companies),
            Self::Relationship => key_role(is("Person_ID"), false, name, &sources.relationships),
            _ => Self::Other,
        }
    }
}

/// Any text of a record may be a key by the record's own lookups, thus never plain.
fn key_role(gsid: bool, email: bool, name: &[u8], sources: &[String]) -> ValueRole {
    let is_source = sources.iter().any(|source| is_source(source, name));
    ValueRole::Key(KeyKinds { gsid, email: email || is_source })
}

/// A name that is not kept to its end may be any that is not either.
fn is_source(source: &str, name: &[u8]) -> bool {
    let longest = super::text::ADDRESS_BYTES_MAX;
    source.as_bytes().eq_ignore_ascii_case(name) || source.len() > longest && name.len() > longest
}
