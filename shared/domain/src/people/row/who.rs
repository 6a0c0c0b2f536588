//! Whom a row is about (contract: upsert#person-order).

use serde_json::{Map, Value as Json};

use super::{Pending, Row};
use crate::code::Code;
use crate::fault::{Fault, Place};
use crate::ids::email::Email;
use crate::ids::gsid::Gsid;
use crate::lookup::{self, Lookup};
use crate::people::Named;
use crate::people::need::Query;
use crate::values::{self, FieldType, Value};

/// How the person of a row is named; contract: upsert#person-order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By `Gsid` or `Person_ID`, the name it came under: has to exist.
    Gsid(Gsid, &'static str),
    /// By `Email`: made when absent.
    Email(Email),
    /// By a `Person_ID` lookup on the email as sent: has to exist (contract:
    /// upsert#lookup-only-form).
    Found(Email),
    /// Not at all; a fault says why.
    Nobody,
}

impl Who {
    /// Which of the marks of jobs counts for the row.
    #[must_use]
    pub fn named(&self) -> Named {
        match self {
            Self::Gsid(..) => Named::ByGsid,
            Self::Email(_) | Self::Found(_) | Self::Nobody => Named::ByEmail,
        }
    }
}

impl<'m> Row<'m> {
    /// Finds out whom the row is about; keys that a lookup consumes are none of its own.
    pub(super) fn read_who(&mut self, map: &'m Map<String, Json>, lookups: &[Lookup]) {
        let before = self.person.faults.len();
        let free = |name: &str| !lookups.iter().any(|lookup| lookup.consumes(name));
        let sent = |name| lookup::get(map, name).filter(|_| free(name));
        let gsid =
            self.gsid(sent("Gsid"), "Gsid").or_else(|| self.gsid(sent("Person_ID"), "Person_ID"));
        self.email = self.email(sent("Email"));
        let sound = self.person.faults.len() == before;
        self.who = match (gsid, self.email.clone()) {
            (Some((gsid, name)), _) => Who::Gsid(gsid, name),
            (None, Some(email)) => Who::Email(email),
            (None, None) if sound => self.who_of_associations(),
            (None, None) => Who::Nobody,
        };
        if self.who == Who::Nobody && sound && !self.says_why_nobody() {
            self.person.faults.push(nobody());
        }
    }

    fn gsid(&mut self, raw: Option<&Json>, name: &'static str) -> Option<(Gsid, &'static str)> {
        let raw = raw?;
        match values::parse(FieldType::Gsid, FieldType::Gsid.default_max_length(), raw) {
            Ok(Some(Value::Text(text))) => Gsid::parse(&text).map(|gsid| (gsid, name)),
            Ok(_) => None,
            Err(code) => {
                self.person.faults.push(Fault::field(Place::Person, name, raw.clone(), code));
                None
            }
        }
    }

    fn email(&mut self, raw: Option<&'m Json>) -> Option<Email> {
        self.person.sent.extend(raw.map(|raw| ("Email", raw)));
        let raw = raw.filter(|raw| !raw.is_null() && raw.as_str() != Some(""))?;
        let checked = Email::parse(raw.as_str().unwrap_or_default());
        if let Err(code) = checked {
            self.person.faults.push(Fault::field(Place::Person, "Email", raw.clone(), code));
        }
        checked.ok()
    }

    fn who_of_associations(&mut self) -> Who {
        if let Some(gsid) = self.associations().find_map(|part| part.keys.person.clone()) {
            return Who::Gsid(gsid, "Person_ID");
        }
        let Some(looked_up) = self.person_lookup() else { return Who::Nobody };
        if let Some(email) = looked_up.email() {
            return Who::Found(email);
        }
        let fault = looked_up.unresolved(Place::Person);
        self.person.faults.extend(fault);
        Who::Nobody
    }

    fn person_lookup(&self) -> Option<&Pending<'_>> {
        self.parts().find_map(|part| part.person_lookup.as_ref())
    }

    /// The search behind [`Who::Found`] when it asks for more than the email (contract:
    /// lookups#anded-fields).
    #[must_use]
    pub fn person_query(&self) -> Option<&Query> {
        let looked_up = self.person_lookup().filter(|_| matches!(self.who, Who::Found(_)))?;
        looked_up.query.as_ref().filter(|query| query.conditions.len() > 1)
    }

    /// A person that has to exist and does not, as the fault it is.
    #[must_use]
    pub fn person_not_found(&self) -> Fault {
        match (&self.who, self.person_lookup()) {
            (Who::Gsid(gsid, name), _) => {
                Fault::field(Place::Person, name, gsid.as_str().into(), Code::PeopleNotFound)
            }
            (Who::Found(_), Some(looked_up)) => {
                looked_up.unresolved(Place::Person).unwrap_or_else(nobody)
            }
            _ => nobody(),
        }
    }

    /// Whether a fault of a key or its lookup already tells why nobody is named.
    fn says_why_nobody(&self) -> bool {
        let is_key =
            |name: &str| ["Email", "Person_ID"].iter().any(|key| key.eq_ignore_ascii_case(name));
        let mut faults = self.parts().flat_map(|part| &part.faults);
        faults.any(|fault| fault.field.as_deref().is_some_and(is_key))
    }
}

fn nobody() -> Fault {
    Fault::key_missing(Place::Person, "Email", Map::new())
}
