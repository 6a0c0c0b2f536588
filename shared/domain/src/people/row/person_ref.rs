//! Whom a row is about (contract: upsert#person-order).

use serde_json::{Map, Value as Json};

use super::{PendingLookup, Row};
use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::email::Email;
use crate::ids::gsid::Gsid;
use crate::lookup::{self, Lookup};
use crate::people::NamedBy;
use crate::people::needs::LookupQuery;
use crate::values::{self, FieldType, Value};

/// How the person of a row is named; contract: upsert#person-order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonRef {
    /// By `Gsid` or `Person_ID`, the name it came under: has to exist.
    Gsid(Gsid, &'static str),
    /// By `Email`: made when absent.
    Email(Email),
    /// By a `Person_ID` lookup on the email as sent: has to exist (contract:
    /// upsert#lookup-only-form).
    LookedUp(Email),
    /// Not at all; a fault says why.
    Unidentified,
}

impl PersonRef {
    /// Which of the marks of jobs counts for the row.
    #[must_use]
    pub fn named_by(&self) -> NamedBy {
        match self {
            Self::Gsid(..) => NamedBy::Gsid,
            Self::Email(_) | Self::LookedUp(_) | Self::Unidentified => NamedBy::Email,
        }
    }
}

impl<'m> Row<'m> {
    /// Finds out whom the row is about; keys that a lookup consumes are none of its own.
    pub(super) fn read_person_ref(&mut self, map: &'m Map<String, Json>, lookups: &[Lookup]) {
        let before = self.person.faults.len();
        let free = |name: &str| !lookups.iter().any(|lookup| lookup.has_source(name));
        let sent = |name| lookup::get_member(map, name).filter(|_| free(name));
        let gsid = self
            .read_gsid(sent("Gsid"), "Gsid")
            .or_else(|| self.read_gsid(sent("Person_ID"), "Person_ID"));
        self.email = self.read_email(sent("Email"));
        let sound = self.person.faults.len() == before;
        self.person_ref = match (gsid, self.email.clone()) {
            (Some((gsid, name)), _) => PersonRef::Gsid(gsid, name),
            (None, Some(email)) => PersonRef::Email(email),
            (None, None) if sound => self.person_ref_of_associations(),
            (None, None) => PersonRef::Unidentified,
        };
        if self.person_ref == PersonRef::Unidentified && sound && !self.explains_unidentified() {
            self.person.faults.push(unidentified_fault());
        }
    }

    fn read_gsid(
        &mut self,
        raw: Option<&Json>,
        name: &'static str,
    ) -> Option<(Gsid, &'static str)> {
        let raw = raw?;
        match values::parse(FieldType::Gsid, FieldType::Gsid.default_max_length(), raw) {
            Ok(Some(Value::Text(text))) => Gsid::parse(&text).map(|gsid| (gsid, name)),
            Ok(_) => None,
            Err(code) => {
                self.person.faults.push(Fault::invalid_field(
                    RowPath::Person,
                    name,
                    raw.clone(),
                    code,
                ));
                None
            }
        }
    }

    fn read_email(&mut self, raw: Option<&'m Json>) -> Option<Email> {
        self.person.sent.extend(raw.map(|raw| ("Email", raw)));
        let raw = raw.filter(|raw| !raw.is_null() && raw.as_str() != Some(""))?;
        let checked = Email::parse(raw.as_str().unwrap_or_default());
        if let Err(code) = checked {
            self.person.faults.push(Fault::invalid_field(
                RowPath::Person,
                "Email",
                raw.clone(),
                code,
            ));
        }
        checked.ok()
    }

    fn person_ref_of_associations(&mut self) -> PersonRef {
        if let Some(gsid) = self.associations().find_map(|part| part.ids.person.clone()) {
            return PersonRef::Gsid(gsid, "Person_ID");
        }
        let Some(looked_up) = self.person_lookup() else { return PersonRef::Unidentified };
        if let Some(email) = looked_up.email() {
            return PersonRef::LookedUp(email);
        }
        let fault = looked_up.unresolved_fault(RowPath::Person);
        self.person.faults.extend(fault);
        PersonRef::Unidentified
    }

    fn person_lookup(&self) -> Option<&PendingLookup<'_>> {
        self.parts().find_map(|part| part.person_lookup.as_ref())
    }

    /// The search behind [`Who::Found`] when it asks for more than the email (contract:
    /// lookups#anded-fields).
    #[must_use]
    pub fn person_query(&self) -> Option<&LookupQuery> {
        let looked_up =
            self.person_lookup().filter(|_| matches!(self.person_ref, PersonRef::LookedUp(_)))?;
        looked_up.query.as_ref().filter(|query| query.conditions.len() > 1)
    }

    /// A person that has to exist and does not, as the fault it is.
    #[must_use]
    pub fn person_not_found(&self) -> Fault {
        match (&self.person_ref, self.person_lookup()) {
            (PersonRef::Gsid(gsid, name), _) => Fault::invalid_field(
                RowPath::Person,
                name,
                gsid.as_str().into(),
                Code::PeopleNotFound,
            ),
            (PersonRef::LookedUp(_), Some(looked_up)) => {
                looked_up.unresolved_fault(RowPath::Person).unwrap_or_else(unidentified_fault)
            }
            _ => unidentified_fault(),
        }
    }

    /// Whether a fault of a key or its lookup already tells why nobody is named.
    fn explains_unidentified(&self) -> bool {
        let is_key =
            |name: &str| ["Email", "Person_ID"].iter().any(|key| key.eq_ignore_ascii_case(name));
        let mut faults = self.parts().flat_map(|part| &part.faults);
        faults.any(|fault| fault.field.as_deref().is_some_and(is_key))
    }
}

fn unidentified_fault() -> Fault {
    Fault::key_missing(RowPath::Person, "Email", Map::new())
}
