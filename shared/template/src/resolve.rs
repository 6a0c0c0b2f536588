//! Resolves values of the template on this machine, where a name refers to a local table, queue or bucket.

use crate::{Template, value_at};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The value of `Ref` for each resource: the name of a table or bucket, the URL of a queue.
pub type ResolvedNames = BTreeMap<String, String>;

impl Template {
    /// The environment of the functions. They share one here, so two values for one variable are an error.
    pub fn environment(&self, names: &ResolvedNames) -> Result<BTreeMap<String, String>> {
        let functions =
            self.resources("AWS::Serverless::Function").map(|function| function.properties);
        let holders = functions.chain([value_at(&self.document, "/Globals/Function")]);
        let variables =
            holders.flat_map(|holder| value_at(holder, "/Environment/Variables").as_object());
        let mut environment = BTreeMap::new();
        for (name, value) in variables.flat_map(Map::iter) {
            let value = self.resolve(value, names).with_context(|| format!("variable {name}"))?;
            let before = environment.insert(name.clone(), value.clone());
            ensure!(
                before.is_none_or(|before| before == value),
                "functions differ in their variable {name}"
            );
        }
        Ok(environment)
    }

    /// Resolves a plain value, a name or a parameter.
    pub fn resolve(&self, value: &Value, names: &ResolvedNames) -> Result<String> {
        match (value, value.get("Ref").and_then(Value::as_str)) {
            (Value::String(text), _) => Ok(text.clone()),
            (Value::Number(_) | Value::Bool(_), _) => Ok(value.to_string()),
            (_, Some(name)) => match names.get(name) {
                Some(known) => Ok(known.clone()),
                None => self.parameter(name),
            },
            _ => bail!("the local stack does not understand {value}"),
        }
    }

    fn parameter(&self, name: &str) -> Result<String> {
        match value_at(&self.document, &format!("/Parameters/{name}/Default")) {
            Value::Null => bail!("the local stack has no {name}"),
            Value::String(text) => Ok(text.clone()),
            other => Ok(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Parameters: { Days: { Type: Number, Default: 7 } }
Globals: { Function: { Environment: { Variables: { TABLE: !Ref Table, DAYS: !Ref Days, MS: '8' } } } }
Resources:
  One: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { ODD: VALUE } } } }
";

    fn environment(odd: &str) -> Result<BTreeMap<String, String>> {
        let names = ResolvedNames::from([("Table".to_owned(), "local-table".to_owned())]);
        Template::parse(&TEMPLATE.replace("ODD: VALUE", odd))?.environment(&names)
    }

    #[test]
    fn names_and_parameters_become_values() {
        let pairs = environment("ODD: VALUE")
            .unwrap()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"));
        assert_eq!(pairs.collect::<Vec<_>>(), ["DAYS=7", "MS=8", "ODD=VALUE", "TABLE=local-table"]);
    }

    #[test]
    fn what_can_not_be_known_is_an_error() {
        assert!(
            format!("{:#}", environment("ODD: !Ref Elsewhere").unwrap_err())
                .contains("no Elsewhere")
        );
        assert!(format!("{:#}", environment("ODD: !Sub x").unwrap_err()).contains("Fn::Sub"));
        assert!(format!("{:#}", environment("MS: '9'").unwrap_err()).contains("differ"));
    }
}
