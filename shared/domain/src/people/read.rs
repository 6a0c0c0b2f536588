//! The person item as a person: its own values, and the associations it holds.

use std::collections::BTreeMap;

use super::{EMAIL, EMAIL_AS_SENT, GSID, PRIMARY, SEPARATOR, UNDER};
use crate::ids::gsid::GsidKind;
use crate::ids::mint::Mint;
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, BORN, REVISED, stamp, text};
use crate::schema::metadata::{Field, standard::IS_PRIMARY};
use crate::values::Value;

/// An association that a person holds.
#[derive(Clone)]
pub struct Held {
    /// The company's or relationship's GSID.
    pub target: String,
    /// The company that a relationship was nested under, when not its own.
    pub company: Option<String>,
    /// What its attributes begin with.
    pub name: String,
    /// When it was made.
    pub born: Stamp,
    /// When it was last written.
    pub revised: Stamp,
    /// Its fields by storage code.
    pub values: Attributes,
}

/// A stored person.
#[derive(Clone)]
pub struct Person {
    /// Its GSID.
    pub gsid: String,
    /// Its email address as sent.
    pub email: String,
    /// When it was made.
    pub born: Stamp,
    /// When it was last written.
    pub revised: Stamp,
    /// Its own fields by storage code, and some names of [`super`].
    pub values: Attributes,
    /// Companies, in no order.
    pub companies: Vec<Held>,
    /// Relationships, in no order.
    pub relationships: Vec<Held>,
}

impl Person {
    /// Leaves out all associations but the named ones, and what those hold.
    pub fn keep_names_of_associations(&mut self, is_named: impl Fn(&str) -> bool) {
        for list in [&mut self.companies, &mut self.relationships] {
            list.retain(|held| is_named(&held.name));
            list.iter_mut().for_each(|held| held.values.clear());
        }
    }

    /// Reads an item. None when it holds no person: a tombstone, a forward, a pointer.
    #[must_use]
    pub fn read(attributes: Attributes, mint: &Mint) -> Option<Self> {
        let (mut values, mut held) = (Attributes::new(), BTreeMap::<String, Attributes>::new());
        for (name, value) in attributes {
            match name.split_once(SEPARATOR) {
                Some((association, code)) => {
                    _ = held
                        .entry(association.to_owned())
                        .or_default()
                        .insert(code.to_owned(), value)
                }
                None => _ = values.insert(name, value),
            }
        }
        let born = stamp(&values, BORN)?;
        let key = text(&values, EMAIL)?;
        let mut person = Self {
            gsid: mint.lengthen(GsidKind::Person, text(&values, GSID)?),
            email: text(&values, EMAIL_AS_SENT).unwrap_or(key).to_owned(),
            born,
            revised: stamp(&values, REVISED).unwrap_or(born),
            values,
            companies: Vec::new(),
            relationships: Vec::new(),
        };
        for (name, values) in held {
            person.hold(name, values, mint);
        }
        Some(person)
    }

    fn hold(&mut self, name: String, values: Attributes, mint: &Mint) {
        let Some(born) = stamp(&values, BORN) else { return };
        let revised = stamp(&values, REVISED).unwrap_or(born);
        let held = |target, company, name| Held { target, company, name, born, revised, values };
        if let Some(company) = name.strip_prefix('c') {
            let target = mint.lengthen(GsidKind::Company, company);
            self.companies.push(held(target, None, name));
        } else if let Some(rest) = name.strip_prefix('r') {
            let (relationship, company) =
                rest.split_once(UNDER).map_or((rest, None), |(r, c)| (r, Some(c)));
            let target = mint.lengthen(GsidKind::Relationship, relationship);
            let company = company.map(|company| mint.lengthen(GsidKind::Company, company));
            self.relationships.push(held(target, company, name));
        }
    }

    /// The value of one of the person's stored fields, its default included.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        stored(&self.values, field, self.born)
    }

    /// The name: as stored, else what first, middle and last name give (contract:
    /// fields#derived-name).
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if let Some(name) = text(&self.values, "nm") {
            return Some(name.to_owned());
        }
        let parts: Vec<_> =
            ["fn", "mn", "ln"].iter().filter_map(|code| text(&self.values, code)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Whether a company is the primary one: as it was sent, but true for the last one alone
    /// (contract: upsert#primary-company, upsert#one-primary-company).
    #[must_use]
    pub fn is_primary(&self, company: &Held) -> Option<bool> {
        match company.values.get(IS_PRIMARY)? {
            Some(Value::Bool(sent)) => {
                Some(*sent && text(&self.values, PRIMARY) == Some(&company.name))
            }
            _ => None,
        }
    }
}

impl Held {
    /// The value of one of its stored fields, its default included.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        stored(&self.values, field, self.born)
    }
}

fn stored<'a>(values: &'a Attributes, field: &'a Field, born: Stamp) -> Option<&'a Value> {
    match values.get(field.code()?) {
        Some(value) => value.as_ref(),
        None => field.default_at(born),
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({})", self.gsid)
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({})", self.name)
    }
}
