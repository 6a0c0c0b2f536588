//! A user or an account as it is stored, field by field.

use super::field::{PxField, PxFieldSource};
use super::{PxAccount, PxObject};
use crate::identity::{IdentifiedPerson, IdentityKind};
use crate::ids::stamp::Stamp;
use crate::objects::record::Attributes;
use crate::schema::metadata::{Field, Metadata, Object};
use crate::values::Value;

/// A stored user or account, with the tenant's custom attributes.
#[derive(Clone, Copy)]
pub struct PxRow<'a> {
    pub object: PxObject,
    pub id: &'a str,
    /// The GSID of a user; the id of an account. Rows without another order are in that of this.
    pub key: &'a str,
    email: Option<&'a str>,
    created: Stamp,
    updated: Stamp,
    attributes: &'a Attributes,
    pub(super) custom: &'a Object,
}

impl<'a> PxRow<'a> {
    /// A person as a user; `None` if it has no identifyId.
    #[must_use]
    pub fn of_user(person: &'a IdentifiedPerson, metadata: &'a Metadata) -> Option<Self> {
        Some(Self {
            object: PxObject::User,
            id: person.identity(IdentityKind::Px)?,
            key: &person.gsid,
            email: person.printed_email(),
            created: person.created,
            updated: person.updated,
            attributes: &person.attributes,
            custom: metadata.px_object(PxObject::User.schema_name()),
        })
    }

    #[must_use]
    pub fn of_account(account: &'a PxAccount, metadata: &'a Metadata) -> Self {
        Self {
            object: PxObject::Account,
            id: account.id.as_str(),
            key: account.id.as_str(),
            email: None,
            created: account.created,
            updated: account.updated,
            attributes: &account.attributes,
            custom: metadata.px_object(PxObject::Account.schema_name()),
        }
    }

    /// Whether the row was last written at this time or later.
    #[must_use]
    pub fn is_written_since(&self, since: Option<Stamp>) -> bool {
        since.is_none_or(|since| self.updated >= since)
    }

    /// The value of a default field; `None` if it is empty.
    pub(super) fn value(&self, field: &PxField) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match field.source {
            PxFieldSource::Stored(code) => self.stored_value(code).cloned(),
            PxFieldSource::Shared(attribute) => self.attributes.get(attribute)?.clone(),
            PxFieldSource::Id | PxFieldSource::IdAgain => text(self.id),
            PxFieldSource::Email => text(self.email?),
            PxFieldSource::Gsid => text(self.key),
            PxFieldSource::Created => Some(Value::Number(self.created.millis().into())),
            PxFieldSource::Modified => Some(Value::Number(self.updated.millis().into())),
            PxFieldSource::CustomAttributes | PxFieldSource::Empty | PxFieldSource::Null => None,
        }
    }

    /// The value of a custom attribute; `None` if it is empty.
    pub(super) fn custom_value(&self, field: &Field) -> Option<&'a Value> {
        self.stored_value(field.code()?)
    }

    /// PX's own value with this storage code.
    pub(super) fn stored_value(&self, code: &str) -> Option<&'a Value> {
        self.attributes.get(&self.object.value_attribute(code))?.as_ref()
    }
}
