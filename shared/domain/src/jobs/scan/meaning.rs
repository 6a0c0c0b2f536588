//! What a value in a payload is to us, by the names on the way to it (contract:
//! jobs#place-of-lookups, jobs#order-of-rows).

use super::Sources;
use crate::jobs::malformed::Problem;

/// What a value is. Of another JSON type than its name asks for it is plain: its row fails, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The whole payload.
    Top,
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
    OwnLookups,
    /// A member that may be a key.
    Key(Kinds),
    /// Anything else.
    Plain,
}

/// What a text may be a key as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds {
    /// An address.
    pub(super) email: bool,
    /// An id.
    pub(super) gsid: bool,
}

impl Meaning {
    /// What an object or a list is that opens where this is expected.
    pub(super) fn opened(self, list: bool) -> Result<Self, Problem> {
        match (self, list) {
            (Self::Top, true) => Err(Problem::NoObject),
            (Self::Records, false) => Err(Problem::RecordsNoList),
            (Self::Lookups, true) => Err(Problem::LookupsNoObject),
            (Self::Records | Self::Companies | Self::Relationships, true)
            | (Self::Top | Self::Lookups | Self::Row | Self::Company | Self::Relationship, false) => {
                Ok(self)
            }
            _ => Ok(Self::Plain),
        }
    }

    /// Whether a text, a number or a literal may stand here.
    pub(super) fn scalar(self, null: bool) -> Result<(), Problem> {
        match self {
            Self::Top => Err(Problem::NoObject),
            Self::Records => Err(Problem::RecordsNoList),
            Self::Lookups if !null => Err(Problem::LookupsNoObject),
            _ => Ok(()),
        }
    }

    /// What the items of this list are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Records => Self::Row,
            Self::Companies => Self::Company,
            Self::Relationships => Self::Relationship,
            _ => Self::Plain,
        }
    }

    /// Whether names in this object matter.
    pub(super) fn reads_names(self) -> bool {
        matches!(self, Self::Top | Self::Row | Self::Company | Self::Relationship)
    }

    /// What the member of this object with this name is. A name ignores case.
    pub(super) fn member(self, name: &[u8], sources: &Sources) -> Self {
        let is = |own: &str| name.eq_ignore_ascii_case(own.as_bytes());
        match self {
            Self::Top if is("records") => Self::Records,
            Self::Top if is("lookups") => Self::Lookups,
            Self::Row => match name.len() {
                4 if is("Gsid") => key(true, false, name, &sources.people),
                5 if is("Email") => key(false, true, name, &sources.people),
                7 if is("lookups") => Self::OwnLookups,
                9 if is("Person_ID") => key(true, false, name, &sources.people),
                9 if is("companies") => Self::Companies,
                13 if is("relationships") => Self::Relationships,
                _ => key(false, false, name, &sources.people),
            },
            Self::Company if is("relationships") => Self::Relationships,
            Self::Company => key(is("Person_ID"), false, name, &sources.companies),
            Self::Relationship => key(is("Person_ID"), false, name, &sources.relationships),
            _ => Self::Plain,
        }
    }
}

/// Any text of a record may be a key by the record's own lookups, thus never plain.
fn key(gsid: bool, email: bool, name: &[u8], sources: &[String]) -> Meaning {
    let is_source = sources.iter().any(|source| is_source(source, name));
    Meaning::Key(Kinds { gsid, email: email || is_source })
}

/// A name that is not kept to its end may be any that is not either.
fn is_source(source: &str, name: &[u8]) -> bool {
    let longest = super::text::LONGEST;
    source.as_bytes().eq_ignore_ascii_case(name) || source.len() > longest && name.len() > longest
}
