//! The two kinds of things that PX knows.

use super::field::{ACCOUNT_FIELDS, PxField, USER_FIELDS};
use crate::identity::IdentityKind;
use crate::schema::metadata::object;

/// Users or accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PxObject {
    User,
    Account,
}

impl PxObject {
    pub const ALL: [Self; 2] = [Self::User, Self::Account];

    /// The object of the tenant's schema that has the custom attributes.
    #[must_use]
    pub fn schema_name(self) -> &'static str {
        match self {
            Self::User => object::PX_USER,
            Self::Account => object::PX_ACCOUNT,
        }
    }

    /// The object with a name in a schema, ignoring case.
    #[must_use]
    pub fn from_schema_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.schema_name().eq_ignore_ascii_case(name))
    }

    /// The name in paths and errors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Account => "account",
        }
    }

    /// The name in messages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Account => "Account",
        }
    }

    /// The member of a list's answer.
    #[must_use]
    pub fn list_name(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Account => "accounts",
        }
    }

    /// The default fields in the order of answers.
    #[must_use]
    pub fn fields(self) -> &'static [PxField] {
        match self {
            Self::User => USER_FIELDS,
            Self::Account => ACCOUNT_FIELDS,
        }
    }

    /// The member of a body that holds the id.
    #[must_use]
    pub fn id_name(self) -> &'static str {
        match self {
            Self::User => "identifyId",
            Self::Account => "id",
        }
    }

    /// The attribute of the item that holds the values of a storage code.
    #[must_use]
    pub fn value_attribute(self, code: &str) -> String {
        match self {
            Self::User => IdentityKind::Px.value_attribute(code),
            Self::Account => code.to_owned(),
        }
    }
}
