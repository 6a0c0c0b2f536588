//! What upserts write, and how those of one person become one.

use crate::ids::email::Email;
use crate::people::AssociationWrite;
use crate::people::row::PersonRef;
use crate::values::Value;

/// What one upsert writes.
#[derive(Debug, Clone)]
pub struct PersonWrite {
    /// Whose item it is.
    pub person_ref: PersonRef,
    /// The address the person shall have, when one was sent.
    pub email: Option<Email>,
    /// The person's fields by storage code; `None` clears.
    pub fields: Vec<(String, Option<Value>)>,
    /// Associations, each once, in the order in which they were first sent.
    pub associations: Vec<AssociationWrite>,
    /// The company that is primary from now on, as its association's name.
    pub primary: Option<String>,
    /// A required field that was not sent: only an existing person may be written.
    pub required: Option<String>,
}

impl PersonWrite {
    /// Whether a later row's write can be done together with this one: it names the same person
    /// in the same way, and neither moves it.
    #[must_use]
    pub fn can_absorb(&self, later: &Self) -> bool {
        let same = match (&self.person_ref, &later.person_ref) {
            (PersonRef::Email(a), PersonRef::Email(b)) => a.key() == b.key(),
            (PersonRef::Gsid(a, _), PersonRef::Gsid(b, _)) => {
                a == b && self.email.is_none() && later.email.is_none()
            }
            _ => false,
        };
        // The first row alone decides whether a new person has what is required.
        same && self.required.is_none()
    }

    /// Both writes as one: what came later wins, field by field.
    pub fn absorb(&mut self, later: Self) {
        self.email = later.email.or(self.email.take());
        replace_values(&mut self.fields, later.fields);
        for association in later.associations {
            self.add_association(association);
        }
        // A company that was primary and is sent as another's rival leaves the last one standing.
        self.primary = later.primary.or(self.primary.take());
    }

    fn add_association(&mut self, later: AssociationWrite) {
        match self.associations.iter_mut().find(|known| known.name == later.name) {
            None => self.associations.push(later),
            Some(known) => {
                known.is_sent |= later.is_sent;
                replace_values(&mut known.values, later.values);
            }
        }
    }
}

/// Fields by storage code; of two values the later one wins.
pub(super) fn replace_values(
    values: &mut Vec<(String, Option<Value>)>,
    later: Vec<(String, Option<Value>)>,
) {
    for (code, value) in later {
        match values.iter_mut().find(|(known, _)| *known == code) {
            Some((_, old)) => *old = value,
            None => values.push((code, value)),
        }
    }
}
