//! GSIDs: 36 characters, an object key of 18 and a record part of 18 (contract: fields#gsid-form).

use std::fmt;

/// Characters of an object key, and of a record part.
pub const PART_CHARS: usize = 18;

/// Characters of the tenant's share of an object key.
pub const TENANT_PART_CHARS: usize = 14;

/// The kind of row that a GSID names, which its first four characters identify (contract:
/// fields#gsid-types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GsidKind {
    Company,
    Person,
    Relationship,
    /// A person's association with a company.
    CompanyPerson,
    /// A person's association with a relationship.
    RelationshipPerson,
    /// A dropdown category or a dropdown item.
    Dropdown,
    /// A record of a tenant's own object.
    Custom,
}

impl GsidKind {
    /// The first four characters of GSIDs of this kind.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Company => "1P02",
            Self::Person => "1P04",
            Self::Relationship => "1P05",
            Self::CompanyPerson => "1C01",
            Self::RelationshipPerson => "1C03",
            Self::Dropdown => "1I00",
            Self::Custom => "1Z02",
        }
    }
}

/// A text in the form of a GSID: 36 characters of `[0-9A-Za-z]`, or the text of a UUID. Whether it
/// names a row only the store knows.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gsid(String);

impl Gsid {
    /// Parses a text in the form of a GSID.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        has_gsid_form(text).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The record part, if the first half is `object_key`.
    #[must_use]
    pub fn record_part(&self, object_key: &str) -> Option<&str> {
        self.0.strip_prefix(object_key).filter(|part| part.len() == PART_CHARS)
    }
}

impl fmt::Debug for Gsid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is the GSID of a dropdown item rather than a label.
#[must_use]
pub fn is_dropdown_item(text: &str) -> bool {
    let prefix = GsidKind::Dropdown.prefix();
    is_gsid(text) && text.get(..prefix.len()).is_some_and(|four| four.eq_ignore_ascii_case(prefix))
}

/// Whether the text is the text of a [`Gsid`].
#[must_use]
pub fn has_gsid_form(text: &str) -> bool {
    is_gsid(text) || is_uuid(text)
}

fn is_gsid(text: &str) -> bool {
    text.len() == 2 * PART_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_checked_and_nothing_else() {
        for (text, good) in [
            ("1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D", true),
            ("1p04qnk6encurxxdzwkncugvyyce5mhtre7d", true),
            ("7581e498-c37e-4057-8fc9-c8d4d543de1a", true),
            ("7581e498-c37e-4057-8fc9-c8d4d543de1", false),
            ("1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7", false),
            ("1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7-", false),
            ("", false),
        ] {
            assert_eq!(Gsid::parse(text).is_some(), good, "{text}");
        }
    }
}
