//! A write by an id of another system (contract: identify#one-call).

use super::ExternalId;
use crate::ids::email::Email;
use crate::people::Assignment;

/// An email as a call sent it.
#[derive(Clone, PartialEq, Eq)]
pub enum SentEmail {
    Valid(Email),
    /// No address: the person shows it, and nobody holds it.
    IllFormed(String),
}

/// Prints whether it is an address, because it is personal.
impl std::fmt::Debug for SentEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Valid(email) => email.fmt(f),
            Self::IllFormed(text) => write!(f, "IllFormed(<{} bytes>)", text.len()),
        }
    }
}

/// Whether a write may create a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// The id must be unknown.
    Create,
    /// The id must be known.
    Update,
    /// Either.
    Upsert,
}

/// A write by an id of another system.
#[derive(Debug, Clone)]
pub struct IdentityWrite {
    pub id: ExternalId,
    /// `None` if the call sent no email.
    pub email: Option<SentEmail>,
    pub mode: WriteMode,
    /// Whether the person of the id is merged into the person of the email, where the contract
    /// allows it (GoSquared's identify alone).
    pub merges: bool,
    /// The changes of attributes. Values of the system have names of
    /// [`super::IdentityKind::value_attribute`], and are removed to be cleared. Values that systems
    /// share have those of the person's fields, and are set to `None` to be cleared. The email is
    /// not among them.
    pub assignments: Vec<(String, Assignment)>,
}

/// Why a write by an id was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityRefusal {
    /// The id is known, and had to be unknown.
    Known,
    /// The id is unknown, and had to be known.
    Unknown,
    /// The person would be larger than an item may be.
    TooLarge,
}
