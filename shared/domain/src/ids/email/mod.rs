//! Email addresses: compared as keys without regard to case, stored as sent (contract:
//! fields#email-comparison, fields#stored-emails).

mod character;
mod form;

#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use character::{is_address_char, is_trimmed_char};
pub(crate) use form::comparable_text;

use crate::code::Code;
use crate::values::{self, FieldType, Value};

/// The form in which all spellings of one address are equal; locators, lookups, conditions and jobs
/// compare it. It is not an address: it may be longer than one, and is never parsed as one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailKey(String);

impl EmailKey {
    /// The key of a valid address.
    pub(crate) fn from_address(address: &str) -> Self {
        Self(form::fold_address(address))
    }

    /// A key that was stored or searched for as text.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints the length alone: an address is personal, and so is its key.
impl fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailKey(<{} bytes>)", self.0.len())
    }
}

/// A checked email address.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    sent: String,
    key: EmailKey,
}

impl Email {
    /// Parses an address and trims blanks and invisible characters at its ends. The limit of 254
    /// code points applies to the trimmed address, not to the key.
    ///
    /// # Errors
    /// `GSOBJ_VDTEMAIL1001`, also for an empty text.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let kind = FieldType::Email;
        match values::parse(kind, kind.default_max_length(), &text.into())? {
            Some(Value::Text(sent)) => Ok(Self { key: EmailKey::from_address(&sent), sent }),
            _ => Err(Code::Email),
        }
    }

    /// The address as the caller spelled it, trimmed.
    #[must_use]
    pub fn as_sent(&self) -> &str {
        &self.sent
    }

    /// The text of [`Self::as_key`].
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_str()
    }

    /// The form in which two spellings of one address are equal.
    #[must_use]
    pub fn as_key(&self) -> &EmailKey {
        &self.key
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(<{} bytes>)", self.sent.len())
    }
}
