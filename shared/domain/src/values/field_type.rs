//! The field types by the contract's names (contract: fields), and the maximum length of their
//! texts.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FieldType {
    /// One line of text.
    String,
    /// Long text.
    RichTextArea,
    Boolean,
    Number,
    /// An amount; commas may group its thousands.
    Currency,
    /// A number that may end in `%`.
    Percentage,
    Date,
    /// A moment with millisecond precision.
    DateTime,
    Email,
    Url,
    /// A GSID, or a UUID.
    Gsid,
    Sfdcid,
    /// One label or item id of a dropdown category.
    Picklist,
    /// Several labels or item ids of a dropdown category.
    MultiSelectDropdownList,
}

impl FieldType {
    /// Every type, for tests and documents that must cover them all.
    pub const ALL: &[Self] = &[
        Self::String,
        Self::RichTextArea,
        Self::Boolean,
        Self::Number,
        Self::Currency,
        Self::Percentage,
        Self::Date,
        Self::DateTime,
        Self::Email,
        Self::Url,
        Self::Gsid,
        Self::Sfdcid,
        Self::Picklist,
        Self::MultiSelectDropdownList,
    ];

    /// The name on the wire, which is also serde's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::RichTextArea => "RICHTEXTAREA",
            Self::Boolean => "BOOLEAN",
            Self::Number => "NUMBER",
            Self::Currency => "CURRENCY",
            Self::Percentage => "PERCENTAGE",
            Self::Date => "DATE",
            Self::DateTime => "DATETIME",
            Self::Email => "EMAIL",
            Self::Url => "URL",
            Self::Gsid => "GSID",
            Self::Sfdcid => "SFDCID",
            Self::Picklist => "PICKLIST",
            Self::MultiSelectDropdownList => "MULTISELECTDROPDOWNLIST",
        }
    }

    /// The maximum length in code points, unless the metadata sets one (contract: fields#string,
    /// fields#lengths).
    #[must_use]
    pub fn default_max_length(self) -> usize {
        match self {
            Self::RichTextArea => 32_000,
            Self::Url => 1_024,
            Self::Email => super::email::ADDRESS_CHARS_MAX,
            Self::Gsid => super::id::GSID_CHARS,
            Self::Sfdcid => super::id::SFDCID_CHARS,
            _ => 255,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldType;

    #[test]
    fn serde_and_as_str_agree() {
        for kind in FieldType::ALL {
            let name = serde_json::json!(kind.as_str());
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
            assert_eq!(serde_json::from_value::<FieldType>(name).unwrap(), *kind);
        }
    }

    #[test]
    fn default_lengths() {
        let length = FieldType::default_max_length;
        assert_eq!(length(FieldType::String), 255);
        assert_eq!(length(FieldType::Picklist), 255);
        assert_eq!(length(FieldType::Url), 1_024);
        assert_eq!(length(FieldType::RichTextArea), 32_000);
        assert_eq!(length(FieldType::Email), 254);
    }
}
