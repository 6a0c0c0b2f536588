//! Builds expressions with placeholders for all names and values, within DynamoDB's limits.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::people::Assignment;
use people_domain::values::Value;

use crate::table::convert::to_attribute;

/// Bytes that DynamoDB accepts in one expression.
const EXPRESSION_BYTES_MAX: usize = 4_096;

/// Operators and functions that DynamoDB accepts in one update expression.
const UPDATE_OPERATORS_MAX: usize = 300;

type PlaceholderNames = HashMap<String, String>;

type PlaceholderValues = HashMap<String, AttributeValue>;

/// Attribute names and values by placeholder.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    names: PlaceholderNames,
    values: PlaceholderValues,
}

impl Placeholders {
    /// Adds an attribute's name and returns its placeholder.
    pub(crate) fn add_name(&mut self, name: &str) -> String {
        let placeholder = format!("#{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    /// Adds a value and returns its placeholder.
    pub(crate) fn add_value(&mut self, value: Option<&Value>) -> String {
        self.add_attribute(to_attribute(value))
    }

    pub(crate) fn add_text(&mut self, text: &str) -> String {
        self.add_value(Some(&Value::Text(text.to_owned())))
    }

    pub(crate) fn add_number(&mut self, number: u64) -> String {
        self.add_attribute(AttributeValue::N(number.to_string()))
    }

    /// Adds a value in DynamoDB's own type and returns its placeholder.
    pub(crate) fn add_attribute(&mut self, attribute: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), attribute);
        placeholder
    }

    /// The names and the values; `None` for an empty map, which DynamoDB does not accept.
    pub(crate) fn into_parts(self) -> (Option<PlaceholderNames>, Option<PlaceholderValues>) {
        (
            (!self.names.is_empty()).then_some(self.names),
            (!self.values.is_empty()).then_some(self.values),
        )
    }
}

/// The update expression of assignments; `None` when it exceeds DynamoDB's limits.
pub(crate) fn build_update_expression(
    assignments: &[(String, Assignment)],
    placeholders: &mut Placeholders,
) -> Option<String> {
    let (mut sets, mut removes, mut operators) = (Vec::new(), Vec::new(), 0);
    for (name, assignment) in assignments {
        let name = placeholders.add_name(name);
        match assignment {
            Assignment::Remove => removes.push(name),
            Assignment::Set(value) => {
                sets.push(format!("{name}={}", placeholders.add_value(value.as_ref())))
            }
            Assignment::SetOnce(value) => {
                let value = placeholders.add_value(Some(value));
                sets.push(format!("{name}=if_not_exists({name},{value})"));
            }
        }
        operators += if matches!(assignment, Assignment::SetOnce(_)) { 2 } else { 1 };
    }
    let clause = |keyword: &str, list: Vec<String>| {
        if list.is_empty() { String::new() } else { format!("{keyword} {} ", list.join(",")) }
    };
    let expression = clause("SET", sets) + &clause("REMOVE", removes);
    (expression.len() <= EXPRESSION_BYTES_MAX && operators <= UPDATE_OPERATORS_MAX)
        .then_some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_is_too_long_is_none() {
        let assign = |n: usize| (format!("a{n}"), Assignment::Set(None));
        let few: Vec<_> = (0..3).map(assign).collect();
        let mut placeholders = Placeholders::default();
        assert_eq!(
            build_update_expression(&few, &mut placeholders).as_deref(),
            Some("SET #0=:0,#1=:1,#2=:2 ")
        );
        let many: Vec<_> = (0..600).map(assign).collect();
        assert_eq!(build_update_expression(&many, &mut Placeholders::default()), None);
    }
}
