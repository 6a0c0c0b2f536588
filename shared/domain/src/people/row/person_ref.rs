//! Finds the person that a row names (contract: upsert#person-order).

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

/// How a row names its person (contract: upsert#person-order).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonRef {
    /// By `Gsid` or `Person_ID`, whichever member it was sent in: the person must exist.
    Gsid(Gsid, &'static str),
    /// By `Email`: the person is created if absent.
    Email(Email),
    /// By a `Person_ID` lookup on the email as sent: the person must exist (contract:
    /// upsert#lookup-only-form).
    LookedUp(Email),
    /// The row names no person; a fault says why.
    Unidentified,
}

impl PersonRef {
    /// Which fence applies to the row.
    #[must_use]
    pub fn named_by(&self) -> NamedBy {
        match self {
            Self::Gsid(..) => NamedBy::Gsid,
            Self::Email(_) | Self::LookedUp(_) | Self::Unidentified => NamedBy::Email,
        }
    }
}

impl<'m> Row<'m> {
    /// Finds the person that the row names. A member that is the source of a lookup does not count.
    pub(super) fn read_person_ref(&mut self, map: &'m Map<String, Json>, lookups: &[Lookup]) {
        let before = self.person.faults.len();
        let is_unconsumed = |name: &str| !lookups.iter().any(|lookup| lookup.has_source(name));
        let sent = |name| lookup::get_member(map, name).filter(|_| is_unconsumed(name));
        let gsid = self
            .read_gsid(sent("Gsid"), "Gsid")
            .or_else(|| self.read_gsid(sent("Person_ID"), "Person_ID"));
        self.email = self.read_email(sent("Email"));
        let is_valid = self.person.faults.len() == before;
        self.person_ref = match (gsid, self.email.clone()) {
            (Some((gsid, name)), _) => PersonRef::Gsid(gsid, name),
            (None, Some(email)) => PersonRef::Email(email),
            (None, None) if is_valid => self.person_ref_of_associations(),
            (None, None) => PersonRef::Unidentified,
        };
        if self.person_ref == PersonRef::Unidentified && is_valid && !self.explains_unidentified() {
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

    /// The search behind [`PersonRef::LookedUp`], if it has more conditions than the email
    /// (contract: lookups#anded-fields).
    #[must_use]
    pub fn person_query(&self) -> Option<&LookupQuery> {
        let looked_up =
            self.person_lookup().filter(|_| matches!(self.person_ref, PersonRef::LookedUp(_)))?;
        looked_up.query.as_ref().filter(|query| query.conditions.len() > 1)
    }

    /// The fault of a person that must exist and does not.
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

    /// Whether a fault of a key or its lookup already says why no person is named.
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
