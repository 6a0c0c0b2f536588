//! The operators of conditions (contract: query#operators).

use crate::limit;
use crate::values::FieldType;

/// The comparison of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    /// Not equal; also true for null.
    Ne,
    Lt,
    Gt,
    Lte,
    Gte,
    /// Between two values, both included.
    Between,
    /// Equal to one of several.
    In,
    /// Contains a text, ignoring case.
    Contains,
    /// Does not contain a text, ignoring case; also true for null.
    DoesNotContain,
    /// Starts with a text, ignoring case.
    StartsWith,
    /// Ends with a text, ignoring case.
    EndsWith,
    IsNull,
    IsNotNull,
}

/// Every operator by its name.
pub(super) const OPERATOR_NAMES: &[(&str, Operator)] = &[
    ("EQ", Operator::Eq),
    ("NE", Operator::Ne),
    ("LT", Operator::Lt),
    ("GT", Operator::Gt),
    ("LTE", Operator::Lte),
    ("GTE", Operator::Gte),
    ("BTW", Operator::Between),
    ("IN", Operator::In),
    ("CONTAINS", Operator::Contains),
    ("DOES_NOT_CONTAINS", Operator::DoesNotContain),
    ("STARTS_WITH", Operator::StartsWith),
    ("ENDS_WITH", Operator::EndsWith),
    ("IS_NULL", Operator::IsNull),
    ("IS_NOT_NULL", Operator::IsNotNull),
];

impl Operator {
    /// Parses the name of an operator, ignoring case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let known =
            OPERATOR_NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word.trim()));
        known.map(|(_, operator)| *operator)
    }

    /// All names, for a message.
    #[must_use]
    pub fn list_names() -> String {
        OPERATOR_NAMES.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        OPERATOR_NAMES.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    /// The minimum and maximum number of values.
    #[must_use]
    pub fn value_counts(self) -> (usize, usize) {
        match self {
            // Their values are ignored.
            Self::IsNull | Self::IsNotNull => (0, limit::QUERY_CONDITION_VALUES_MAX),
            Self::In => (1, limit::QUERY_CONDITION_VALUES_MAX),
            Self::Between => (2, 2),
            _ => (1, 1),
        }
    }

    /// Whether the operator can be applied to values of this type.
    #[must_use]
    pub fn applies_to(self, kind: FieldType) -> bool {
        match self {
            Self::Eq | Self::Ne | Self::In | Self::IsNull | Self::IsNotNull => true,
            Self::Lt | Self::Gt | Self::Lte | Self::Gte | Self::Between => {
                !matches!(kind, FieldType::Boolean | FieldType::MultiSelectDropdownList)
            }
            Self::Contains | Self::DoesNotContain | Self::StartsWith | Self::EndsWith => !matches!(
                kind,
                FieldType::Boolean
                    | FieldType::Number
                    | FieldType::Currency
                    | FieldType::Percentage
                    | FieldType::Date
                    | FieldType::DateTime
            ),
        }
    }
}
