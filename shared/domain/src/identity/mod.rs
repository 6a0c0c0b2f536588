//! Identities: the ids by which other systems know a person, beside the email and the GSID
//! (contract: identify). Each system gives a person at most one id, and an id names one person.

mod blind_write;
mod email_change;
mod erasure;
mod identified_person;
mod identity_write;
mod merge;
mod plan;
mod precondition;
mod release;
mod seen_slots;
mod slot_write;

#[cfg(test)]
mod tests;

pub use blind_write::plan_blind_write;
pub use email_change::{EmailChange, plan_email_change};
pub use erasure::{ErasedPerson, plan_erasure};
pub use identified_person::IdentifiedPerson;
pub use identity_write::{IdentityRefusal, IdentityWrite, SentEmail, WriteMode};
pub use merge::{MERGED_FROM, merged_into};
pub use plan::{IdentityCall, IdentityPlan, PlannedWrite, plan_identity_write};
pub use precondition::{Precondition, PrintedEmail, RequiredText, Revision};
pub use release::{is_of_px_alone, plan_release};
pub use seen_slots::{SeenPerson, SeenSlot, SeenSlots};
pub use slot_write::{SlotChange, SlotWrite};

use std::fmt;

use crate::people::EMAIL;

/// Code points of an id of another system, unless the system has a limit of its own.
pub const ID_CHARS_MAX: usize = 255;

/// Code points of a Ptengine user_id.
pub const PTENGINE_ID_CHARS_MAX: usize = 128;

/// The attribute of the email that a person shows and does not hold, because another person holds
/// it or because it is none.
pub const SHOWN_EMAIL: &str = "m";

/// The attribute that says that the People API has written to the person.
pub const PEOPLE_MARK: &str = "pf";

/// The system that an identity belongs to. A person holds at most one value of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentityKind {
    /// The email address, which all systems but Ptengine share.
    Email,
    /// Gainsight PX: the identifyId.
    Px,
    /// GoSquared: the person_id.
    GoSquared,
    /// Ptengine: the user_id.
    Ptengine,
}

impl IdentityKind {
    pub const ALL: [Self; 4] = [Self::Email, Self::Px, Self::GoSquared, Self::Ptengine];

    /// The attribute of a person's item that holds the value.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Email => EMAIL,
            Self::Px => "X",
            Self::GoSquared => "G",
            Self::Ptengine => "T",
        }
    }

    /// Distinguishes the kind in the hash from which a value's slot is derived.
    #[must_use]
    pub(crate) fn hash_seed(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Px => "px",
            Self::GoSquared => "gs",
            Self::Ptengine => "pt",
        }
    }

    /// The attribute of one of the system's own values: no other system reads or writes it.
    #[must_use]
    pub fn value_attribute(self, code: &str) -> String {
        format!("{}|{code}", self.attribute())
    }

    fn value_chars_max(self) -> usize {
        match self {
            Self::Ptengine => PTENGINE_ID_CHARS_MAX,
            Self::Email | Self::Px | Self::GoSquared => ID_CHARS_MAX,
        }
    }
}

/// An id of another system. It is compared exactly and never changes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    kind: IdentityKind,
    value: String,
}

impl ExternalId {
    /// Parses an id; `None` if it is empty, too long, or an email, which is no id.
    #[must_use]
    pub fn parse(kind: IdentityKind, value: &str) -> Option<Self> {
        let is_valid = kind != IdentityKind::Email
            && !value.is_empty()
            && value.chars().count() <= kind.value_chars_max();
        is_valid.then(|| Self { kind, value: value.to_owned() })
    }

    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

/// Prints the kind and the length alone: many systems use the email address as the id.
impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalId({:?}, <{} bytes>)", self.kind, self.value.len())
    }
}
