//! The roles of values in a payload, by the names on the path to them (contract:
//! jobs#place-of-lookups, jobs#order-of-rows).

use super::PersonLookupSources;
use crate::jobs::payload_error::PayloadError;

/// The role of a value. A value of another JSON type than its role requires is [`Self::Other`]: its
/// row fails, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueRole {
    Payload,
    Records,
    Lookups,
    /// An item of `records`.
    Row,
    /// `companies` of a row.
    Companies,
    Company,
    /// `relationships` of a row or a company.
    Relationships,
    Relationship,
    /// `lookups` of a row.
    RowLookups,
    /// A member that may be a key.
    Key(KeyKinds),
    Other,
}

/// The kinds of key that a text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KeyKinds {
    pub(super) email: bool,
    pub(super) gsid: bool,
}

impl ValueRole {
    /// The role of an object or a list that opens where this role is expected.
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

    /// Checks whether a text, a number or a literal is allowed here.
    pub(super) fn check_scalar(self, null: bool) -> Result<(), PayloadError> {
        match self {
            Self::Payload => Err(PayloadError::NotAnObject),
            Self::Records => Err(PayloadError::RecordsNotAList),
            Self::Lookups if !null => Err(PayloadError::LookupsNotAnObject),
            _ => Ok(()),
        }
    }

    pub(super) fn item_role(self) -> Self {
        match self {
            Self::Records => Self::Row,
            Self::Companies => Self::Company,
            Self::Relationships => Self::Relationship,
            _ => Self::Other,
        }
    }

    /// Whether the names in this object determine roles.
    pub(super) fn reads_names(self) -> bool {
        matches!(self, Self::Payload | Self::Row | Self::Company | Self::Relationship)
    }

    /// The role of this object's member with this name, ignoring case.
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

/// Any text of a record may be a key by the record's own lookups, so it never has
/// [`ValueRole::Other`].
fn key_role(gsid: bool, email: bool, name: &[u8], sources: &[String]) -> ValueRole {
    let is_source = sources.iter().any(|source| is_source(source, name));
    ValueRole::Key(KeyKinds { gsid, email: email || is_source })
}

/// Two names that are both too long for the buffer count as equal.
fn is_source(source: &str, name: &[u8]) -> bool {
    let longest = super::text::ADDRESS_BYTES_MAX;
    source.as_bytes().eq_ignore_ascii_case(name) || source.len() > longest && name.len() > longest
}
