//! The write of one upsert, and how the writes of one person's rows are merged into one.

use crate::ids::email::Email;
use crate::people::AssociationWrite;
use crate::people::row::PersonRef;
use crate::values::Value;

/// The write of one upsert.
#[derive(Debug, Clone)]
pub struct PersonWrite {
    pub person_ref: PersonRef,
    /// The address to set, if one was sent.
    pub email: Option<Email>,
    /// The person's fields by storage code; `None` clears.
    pub fields: Vec<(String, Option<Value>)>,
    /// Associations, each once, in the order in which they were first sent.
    pub associations: Vec<AssociationWrite>,
    /// The company to make primary, as its association's name.
    pub primary: Option<String>,
    /// A required field without a value: the write may not create a person.
    pub missing_required_field: Option<String>,
}

impl PersonWrite {
    /// Whether a later row's write can be merged into this one: it names the same person in the
    /// same way, and neither changes the person's address.
    #[must_use]
    pub fn can_absorb(&self, later: &Self) -> bool {
        let is_same_person = match (&self.person_ref, &later.person_ref) {
            (PersonRef::Email(a), PersonRef::Email(b)) => a.key() == b.key(),
            (PersonRef::Gsid(a, _), PersonRef::Gsid(b, _)) => {
                a == b && self.email.is_none() && later.email.is_none()
            }
            _ => false,
        };
        // The first row alone decides whether a new person has what is required.
        is_same_person && self.missing_required_field.is_none()
    }

    /// Merges a later write into this one; the later value wins, field by field.
    pub fn absorb(&mut self, later: Self) {
        self.email = later.email.or(self.email.take());
        replace_values(&mut self.fields, later.fields);
        for association in later.associations {
            add_association(&mut self.associations, association);
        }
        // Of several companies that are sent as primary the last one is.
        self.primary = later.primary.or(self.primary.take());
    }
}

/// Adds an association, or merges it with an equal one: later values win (contract:
/// upsert#equal-associations).
pub(super) fn add_association(associations: &mut Vec<AssociationWrite>, later: AssociationWrite) {
    match associations.iter_mut().find(|known| known.name == later.name) {
        None => associations.push(later),
        Some(known) => {
            known.is_sent |= later.is_sent;
            replace_values(&mut known.values, later.values);
        }
    }
}

/// Sets fields by storage code; of two values the later one wins.
fn replace_values(values: &mut Vec<(String, Option<Value>)>, later: Vec<(String, Option<Value>)>) {
    for (code, value) in later {
        match values.iter_mut().find(|(known, _)| *known == code) {
            Some((_, old)) => *old = value,
            None => values.push((code, value)),
        }
    }
}
