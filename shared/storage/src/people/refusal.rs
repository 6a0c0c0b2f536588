//! Refusals: the reasons for which a person is not written although the store works.

use people_domain::people::outcome::UpsertedPerson;

/// The outcome of an upsert.
#[derive(Debug)]
pub(crate) enum UpsertOutcome {
    Written(UpsertedPerson),
    Refused(WriteRefusal),
}

/// Why a person was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteRefusal {
    /// The person has to exist and does not.
    NotFound,
    /// Another person has the email.
    EmailTaken,
    /// A new person would lack a required field.
    RequiredMissing,
    /// The person would be larger than an item may be.
    TooLarge,
    /// The person was erased after the job that would write it was accepted.
    Erased,
    /// All attempts at the row's chunk failed, and none of them wrote the person.
    GivenUp,
}

impl WriteRefusal {
    /// The name of each refusal in a chunk's item.
    const NAMES: [(&str, Self); 6] = [
        ("not-found", Self::NotFound),
        ("email-taken", Self::EmailTaken),
        ("required-missing", Self::RequiredMissing),
        ("too-large", Self::TooLarge),
        ("erased", Self::Erased),
        ("given-up", Self::GivenUp),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, refusal)| *refusal)
    }
}
