//! Preconditions: the item that a write requires at its slot, besides the order of writes.

use super::{IdentityKind, SHOWN_EMAIL};
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, UPDATED, attribute_stamp, attribute_text};
use crate::people::{
    ALIAS, EMAIL, EMAIL_AS_SENT, ERASED_AT, ERASED_GSID, ERASURE_NUMBER, FENCE, GSID, Slot,
};

/// The occupant that a write requires, or the state in which it was read.
#[derive(Clone, PartialEq, Eq)]
pub enum Precondition {
    /// The person that lives here and holds this value.
    Holder(IdentityKind, String),
    /// The person that lives here, holds this value, and prints this email.
    HolderWithEmail(IdentityKind, String, PrintedEmail),
    /// That person, or a vacant slot.
    HolderOrVacant(IdentityKind, String),
    /// The person with this record part, with these texts.
    Person {
        part: String,
        texts: Vec<(&'static str, RequiredText)>,
    },
    /// An alias of the person with this record part.
    Alias(String),
    /// An alias of the person with this record part, at a slot where nobody was erased.
    UnmarkedAlias(String),
    Vacant,
    /// The item as it was read.
    Unchanged(Revision),
    /// Any item: the order of writes decides.
    Any,
}

/// An email that a person prints: it shows it, or shows none and holds it in this spelling.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintedEmail {
    pub shown: String,
    /// The key, and the spelling if that differs from the key. `None`: it is no address.
    pub held: Option<(String, Option<String>)>,
}

/// A required text attribute.
#[derive(Clone, PartialEq, Eq)]
pub enum RequiredText {
    Equal(String),
    Present,
    Absent,
}

/// The stamps that identify the state of an item. A slot keeps the stamp of its tombstone when it is
/// occupied again, so both count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    pub updated: Option<Stamp>,
    pub erased: Option<Stamp>,
    /// Whether there is an item.
    pub exists: bool,
}

impl Revision {
    #[must_use]
    pub fn of_item(item: Option<&Attributes>) -> Self {
        let stamp = |name| item.and_then(|item| attribute_stamp(item, name));
        Self { updated: stamp(UPDATED), erased: stamp(ERASED_AT), exists: item.is_some() }
    }
}

/// Prints the kind alone: the values are ids and emails.
impl std::fmt::Debug for Precondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holder(kind, _) => write!(f, "Holder({kind:?})"),
            Self::HolderWithEmail(kind, ..) => write!(f, "HolderWithEmail({kind:?})"),
            Self::HolderOrVacant(kind, _) => write!(f, "HolderOrVacant({kind:?})"),
            Self::Person { part, .. } => write!(f, "Person({part})"),
            Self::Alias(part) => write!(f, "Alias({part})"),
            Self::UnmarkedAlias(part) => write!(f, "UnmarkedAlias({part})"),
            Self::Vacant => f.write_str("Vacant"),
            Self::Unchanged(revision) => write!(f, "Unchanged({revision:?})"),
            Self::Any => f.write_str("Any"),
        }
    }
}

impl RequiredText {
    /// Requires the text as it was read.
    #[must_use]
    pub fn of_item(item: &Attributes, name: &str) -> Self {
        attribute_text(item, name).map_or(Self::Absent, |text| Self::Equal(text.to_owned()))
    }

    fn is_met(&self, text: Option<&str>) -> bool {
        match self {
            Self::Equal(wanted) => text == Some(wanted),
            Self::Present => text.is_some(),
            Self::Absent => text.is_none(),
        }
    }
}

impl Precondition {
    /// The person with this record part that has an email: the People API knows no other.
    #[must_use]
    pub fn person_with_email(part: &str) -> Self {
        Self::Person { part: part.to_owned(), texts: vec![(EMAIL, RequiredText::Present)] }
    }

    /// The person with this record part and this email key.
    #[must_use]
    pub fn person_with_email_key(part: &str, key: &str) -> Self {
        let key = RequiredText::Equal(key.to_owned());
        Self::Person { part: part.to_owned(), texts: vec![(EMAIL, key)] }
    }

    /// The person as it was read, as far as its identities go; with its fence if that is to move.
    #[must_use]
    pub fn same_identities(part: &str, item: &Attributes, with_fence: bool) -> Self {
        let identities = IdentityKind::ALL.map(IdentityKind::attribute);
        let names = identities.into_iter().chain(with_fence.then_some(FENCE));
        let texts = names.map(|name| (name, RequiredText::of_item(item, name))).collect();
        Self::Person { part: part.to_owned(), texts }
    }

    #[must_use]
    pub fn unchanged(item: Option<&Attributes>) -> Self {
        Self::Unchanged(Revision::of_item(item))
    }

    /// Whether the write names its person by the record part, and so not by what the slot is
    /// derived from.
    #[must_use]
    pub fn is_by_record_part(&self) -> bool {
        matches!(self, Self::Person { .. })
    }

    /// Checks the condition on an item that was read.
    #[must_use]
    pub fn matches(&self, item: Option<&Attributes>) -> bool {
        let text = |name| item.and_then(|item| attribute_text(item, name));
        let slot = item.map_or(Slot::Vacant, Slot::parse);
        let holds = |kind: &IdentityKind, value: &str| {
            matches!(slot, Slot::Person { .. }) && text(kind.attribute()) == Some(value)
        };
        match self {
            Self::Holder(kind, value) => holds(kind, value),
            Self::HolderWithEmail(kind, value, email) => {
                holds(kind, value)
                    && match text(SHOWN_EMAIL) {
                        Some(shown) => shown == email.shown,
                        None => email.held.as_ref().is_some_and(|(key, spelling)| {
                            text(EMAIL) == Some(key) && text(EMAIL_AS_SENT) == spelling.as_deref()
                        }),
                    }
            }
            Self::HolderOrVacant(kind, value) => slot == Slot::Vacant || holds(kind, value),
            Self::Person { part, texts } => {
                text(ALIAS).is_none()
                    && text(GSID) == Some(part)
                    && texts.iter().all(|(name, required)| required.is_met(text(name)))
            }
            Self::Alias(part) => text(ALIAS) == Some(part),
            Self::UnmarkedAlias(part) => {
                let has = |name| item.is_some_and(|item| item.contains_key(name));
                text(ALIAS) == Some(part) && !has(ERASURE_NUMBER) && !has(ERASED_GSID)
            }
            Self::Vacant => slot == Slot::Vacant,
            Self::Unchanged(revision) => *revision == Revision::of_item(item),
            Self::Any => true,
        }
    }
}
