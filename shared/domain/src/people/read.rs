//! Reads a person item: the person's values and its associations.

use std::collections::BTreeMap;

use super::{EMAIL, EMAIL_AS_SENT, GSID, NESTED_UNDER, PRIMARY, SEPARATOR};
use crate::ids::gsid::GsidKind;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp, attribute_text};
use crate::schema::metadata::{Field, standard::IS_PRIMARY_CODE};
use crate::values::Value;

/// An association in a person item.
#[derive(Clone)]
pub struct StoredAssociation {
    /// The company's or relationship's GSID.
    pub target: String,
    /// The company that a relationship was nested under, if that is not its own.
    pub company: Option<String>,
    /// The prefix of its attributes.
    pub name: String,
    pub created: Stamp,
    pub updated: Stamp,
    /// Its fields by storage code.
    pub values: Attributes,
}

/// A stored person.
#[derive(Clone)]
pub struct Person {
    pub gsid: String,
    pub email: String,
    pub created: Stamp,
    pub updated: Stamp,
    /// Its own fields by storage code, and some attributes of [`super`].
    pub values: Attributes,
    /// The associations with companies, in no order.
    pub companies: Vec<StoredAssociation>,
    /// The associations with relationships, in no order.
    pub relationships: Vec<StoredAssociation>,
}

impl Person {
    /// Drops all associations but the named ones, and the values of those.
    pub fn retain_associations(&mut self, is_named: impl Fn(&str) -> bool) {
        for list in [&mut self.companies, &mut self.relationships] {
            list.retain(|association| is_named(&association.name));
            list.iter_mut().for_each(|association| association.values.clear());
        }
    }

    /// Reads an item; `None` if it holds no person but a tombstone, a redirect or an alias.
    #[must_use]
    pub fn from_attributes(attributes: Attributes, tenant_ids: &TenantIds) -> Option<Self> {
        let (mut values, mut associations) =
            (Attributes::new(), BTreeMap::<String, Attributes>::new());
        for (name, value) in attributes {
            match name.split_once(SEPARATOR) {
                Some((association, code)) => {
                    _ = associations
                        .entry(association.to_owned())
                        .or_default()
                        .insert(code.to_owned(), value)
                }
                None => _ = values.insert(name, value),
            }
        }
        let created = attribute_stamp(&values, CREATED)?;
        let key = attribute_text(&values, EMAIL)?;
        let mut person = Self {
            gsid: tenant_ids.expand_gsid(GsidKind::Person, attribute_text(&values, GSID)?),
            email: attribute_text(&values, EMAIL_AS_SENT).unwrap_or(key).to_owned(),
            created,
            updated: attribute_stamp(&values, UPDATED).unwrap_or(created),
            values,
            companies: Vec::new(),
            relationships: Vec::new(),
        };
        for (name, values) in associations {
            person.add_association(name, values, tenant_ids);
        }
        Some(person)
    }

    fn add_association(&mut self, name: String, values: Attributes, tenant_ids: &TenantIds) {
        let Some(created) = attribute_stamp(&values, CREATED) else { return };
        let updated = attribute_stamp(&values, UPDATED).unwrap_or(created);
        let association = |target, company, name| StoredAssociation {
            target,
            company,
            name,
            created,
            updated,
            values,
        };
        if let Some(company) = name.strip_prefix('c') {
            let target = tenant_ids.expand_gsid(GsidKind::Company, company);
            self.companies.push(association(target, None, name));
        } else if let Some(rest) = name.strip_prefix('r') {
            let (relationship, company) =
                rest.split_once(NESTED_UNDER).map_or((rest, None), |(r, c)| (r, Some(c)));
            let target = tenant_ids.expand_gsid(GsidKind::Relationship, relationship);
            let company = company.map(|company| tenant_ids.expand_gsid(GsidKind::Company, company));
            self.relationships.push(association(target, company, name));
        }
    }

    /// The value of one of the person's stored fields, or its default.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        stored_value(&self.values, field, self.created)
    }

    /// The stored name, else first, middle and last name joined (contract: fields#derived-name).
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if let Some(name) = attribute_text(&self.values, "nm") {
            return Some(name.to_owned());
        }
        let parts: Vec<_> = ["fn", "mn", "ln"]
            .iter()
            .filter_map(|code| attribute_text(&self.values, code))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Whether a company is the primary one: the value that was sent, but true for the last one
    /// alone (contract: upsert#primary-company, upsert#one-primary-company).
    #[must_use]
    pub fn is_primary(&self, company: &StoredAssociation) -> Option<bool> {
        match company.values.get(IS_PRIMARY_CODE)? {
            Some(Value::Bool(sent)) => {
                Some(*sent && attribute_text(&self.values, PRIMARY) == Some(&company.name))
            }
            _ => None,
        }
    }
}

impl StoredAssociation {
    /// The value of one of its stored fields, or its default.
    #[must_use]
    pub fn value<'a>(&'a self, field: &'a Field) -> Option<&'a Value> {
        stored_value(&self.values, field, self.created)
    }
}

fn stored_value<'a>(values: &'a Attributes, field: &'a Field, created: Stamp) -> Option<&'a Value> {
    match values.get(field.code()?) {
        Some(value) => value.as_ref(),
        None => field.default_at(created),
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({})", self.gsid)
    }
}

impl std::fmt::Debug for StoredAssociation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredAssociation({})", self.name)
    }
}
