//! A condition as it is typed: `Location=Berlin`, `Score__gc>=5`, `Name~smith`, `Location=`.

use std::str::FromStr;

use serde_json::{Value as Json, json};

/// How operators are typed, and their names in queries. A longer one comes before its beginning.
const OPERATORS: [(&str, &str); 7] = [
    ("!=", "NE"),
    ("<=", "LTE"),
    (">=", "GTE"),
    ("=", "EQ"),
    ("<", "LT"),
    (">", "GT"),
    ("~", "CONTAINS"),
];

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldCondition {
    field: String,
    operator: &'static str,
    /// Empty for a field without a value.
    value: String,
}

impl FieldCondition {
    /// The condition of a query. Values are sent as texts: the type of the field reads them.
    pub(super) fn to_query(&self) -> Json {
        let (operator, values) = match (self.operator, self.value.as_str()) {
            ("EQ", "") => ("IS_NULL", Vec::new()),
            ("NE", "") => ("IS_NOT_NULL", Vec::new()),
            (operator, value) => (operator, vec![value]),
        };
        json!({ "name": self.field, "operator": operator, "value": values })
    }
}

impl FromStr for FieldCondition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_. ".contains(c);
        let at = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (field, rest) = text.split_at(at);
        let known =
            OPERATORS.iter().find_map(|(typed, name)| Some((rest.strip_prefix(typed)?, *name)));
        match known {
            Some((value, _)) if value.starts_with(['=', '<', '>']) => Err(format!(
                "has two operators; write {0}=VALUE for equal and {0}!=VALUE for not equal",
                field.trim()
            )),
            Some((value, operator)) if !field.trim().is_empty() => {
                Ok(Self { field: field.trim().to_owned(), operator, value: value.to_owned() })
            }
            _ => {
                Err("must be like Location=Berlin, with =, !=, <, <=, >, >= or ~ (contains)"
                    .to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_as_it_is_typed() {
        for (typed, field, operator, value) in [
            ("Location=Berlin", "Location", "EQ", json!(["Berlin"])),
            ("Location = New York", "Location", "EQ", json!([" New York"])),
            ("Comments=a=b", "Comments", "EQ", json!(["a=b"])),
            ("Location!=Berlin", "Location", "NE", json!(["Berlin"])),
            ("Score__gc>=5", "Score__gc", "GTE", json!(["5"])),
            ("Score__gc<=5", "Score__gc", "LTE", json!(["5"])),
            ("Score__gc>5", "Score__gc", "GT", json!(["5"])),
            ("Score__gc<-5", "Score__gc", "LT", json!(["-5"])),
            ("cpl__gr.Serial~7", "cpl__gr.Serial", "CONTAINS", json!(["7"])),
            ("Location=", "Location", "IS_NULL", json!([])),
            ("Location!=", "Location", "IS_NOT_NULL", json!([])),
        ] {
            let condition: FieldCondition = typed.parse().unwrap();
            let expected = json!({ "name": field, "operator": operator, "value": value });
            assert_eq!(condition.to_query(), expected, "{typed}");
        }
        let doubled = ["Location==Berlin", "Location<>Berlin", "Score__gc<<5"];
        for typed in ["", "Location", "=Berlin", "Location?Berlin", "!=x"].iter().chain(&doubled) {
            assert!(typed.parse::<FieldCondition>().is_err(), "{typed}");
        }
    }
}
