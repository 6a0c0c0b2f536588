//! An email address as the key of a person: compared without case, kept as sent (contract 4).

use std::fmt;

use crate::code::Code;
use crate::value::{self, FieldType, Value};

/// A checked email address.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    sent: String,
    key: String,
}

impl Email {
    /// Checks the form; blanks around it are cut.
    ///
    /// # Errors
    /// `GSOBJ_VDTEMAIL1001`; an empty text is an error here too.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let kind = FieldType::Email;
        match value::parse(kind, kind.default_max_length(), &text.into())? {
            Some(Value::Text(sent)) => Ok(Self { key: sent.to_ascii_lowercase(), sent }),
            _ => Err(Code::Email),
        }
    }

    /// As the caller spelled it, trimmed.
    #[must_use]
    pub fn as_sent(&self) -> &str {
        &self.sent
    }

    /// The form in which two spellings of one address are equal.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(<{} characters>)", self.sent.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_one_key_and_debug_tells_nothing() {
        let email = Email::parse(" JSmith@ABC.com ").unwrap();
        assert_eq!((email.as_sent(), email.key()), ("JSmith@ABC.com", "jsmith@abc.com"));
        assert_eq!(format!("{email:?}"), "Email(<14 characters>)");
        assert_eq!(Email::parse("").unwrap_err(), Code::Email);
    }
}
