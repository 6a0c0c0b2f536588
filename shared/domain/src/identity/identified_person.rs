//! A person as the systems read it that know people by ids of their own.

use super::{IdentityKind, SHOWN_EMAIL};
use crate::ids::gsid::GsidKind;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp, attribute_text};
use crate::people::{EMAIL, EMAIL_AS_SENT, GSID};

/// A stored person, with or without an email.
#[derive(Clone)]
pub struct IdentifiedPerson {
    pub gsid: String,
    pub created: Stamp,
    pub updated: Stamp,
    /// All attributes of the item.
    pub attributes: Attributes,
}

impl IdentifiedPerson {
    /// Reads an item; `None` if it holds no person.
    #[must_use]
    pub fn from_attributes(attributes: Attributes, tenant_ids: &TenantIds) -> Option<Self> {
        let created = attribute_stamp(&attributes, CREATED)?;
        Some(Self {
            gsid: tenant_ids.expand_gsid(GsidKind::Person, attribute_text(&attributes, GSID)?),
            created,
            updated: attribute_stamp(&attributes, UPDATED).unwrap_or(created),
            attributes,
        })
    }

    /// The id that a system has given to the person, or the key of its email.
    #[must_use]
    pub fn identity(&self, kind: IdentityKind) -> Option<&str> {
        attribute_text(&self.attributes, kind.attribute())
    }

    /// The email that the person shows, else the one that it holds, as sent.
    #[must_use]
    pub fn printed_email(&self) -> Option<&str> {
        [SHOWN_EMAIL, EMAIL_AS_SENT, EMAIL]
            .iter()
            .find_map(|name| attribute_text(&self.attributes, name))
    }
}

impl std::fmt::Debug for IdentifiedPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdentifiedPerson({})", self.gsid)
    }
}
