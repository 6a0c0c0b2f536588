//! `people field`: list, show.

use people_domain::schema::metadata::Field;
use people_domain::values;
use people_storage::Store;
use serde::Serialize;
use serde_json::Value as Json;

use crate::args::schema::FieldCommand;
use crate::failure::Failure;
use crate::object::{find, metadata};
use crate::output::{Answer, table};

/// What is shown of a field.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: &'static str,
    max_length: usize,
    required: bool,
    indexed: bool,
    indexing: bool,
    default: Json,
    dropdown: Option<String>,
    lookup: Option<String>,
}

pub(crate) async fn run(store: &Store, command: FieldCommand) -> Result<Answer, Failure> {
    match command {
        FieldCommand::List { tenant, object } => {
            let metadata = metadata(store, tenant.as_str()).await?;
            let object = find(&metadata, tenant.as_str(), &object)?;
            let fields: Vec<_> = object.fields().iter().map(Summary::of).collect();
            let text = rows(&fields);
            Ok(Answer::new(fields, text))
        }
        FieldCommand::Show { tenant, object, field } => {
            let metadata = metadata(store, tenant.as_str()).await?;
            let object = find(&metadata, tenant.as_str(), &object)?;
            let name = &object.spelled;
            let none = || {
                Failure::Refused(format!(
                    "{name} has no field {field}; `people field list {tenant} {name}` shows its fields"
                ))
            };
            let field = Summary::of(object.field(&field).ok_or_else(none)?);
            let text = field.text();
            Ok(Answer::new(field, text))
        }
    }
}

impl Summary {
    pub(crate) fn of(field: &Field) -> Self {
        let default = field.default_now().map(|default| values::print(field.kind, default));
        Self {
            name: field.name.clone(),
            label: field.label.clone(),
            kind: field.kind.as_str(),
            max_length: field.max_length,
            required: field.required,
            indexed: field.indexed,
            indexing: field.indexing,
            default: default.unwrap_or_default(),
            dropdown: field.category.as_ref().map(|name| name.to_ascii_lowercase()),
            lookup: field.lookup.clone(),
        }
    }

    fn row(&self) -> [String; 6] {
        let lookup = self.lookup.as_ref().map(|object| format!("lookup {object}"));
        let dropdown = self.dropdown.as_ref().map(|list| format!("dropdown {list}"));
        [
            self.name.clone(),
            self.kind.to_owned(),
            if self.required { "yes" } else { "no" }.to_owned(),
            self.indexed().to_owned(),
            plain(&self.default),
            lookup.or(dropdown).unwrap_or_default(),
        ]
    }

    fn indexed(&self) -> &'static str {
        match (self.indexed, self.indexing) {
            (true, _) => "yes",
            (_, true) => "in work",
            _ => "no",
        }
    }

    fn text(&self) -> String {
        let [_, _, required, indexed, default, refers] = self.row();
        let lines = [
            ("label", self.label.clone()),
            ("type", self.kind.to_owned()),
            ("maxLength", self.max_length.to_string()),
            ("required", required),
            ("indexed", indexed),
            ("default", default),
            ("refers to", refers),
        ];
        let rows = lines.map(|(name, value)| [name.to_owned(), value]).into();
        table(["FIELD", &self.name], rows)
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(crate) fn rows(fields: &[Summary]) -> String {
    let header = ["FIELD", "TYPE", "REQUIRED", "INDEXED", "DEFAULT", "REFERS TO"];
    table(header, fields.iter().map(Summary::row).collect())
}

#[cfg(test)]
mod tests {
    use people_domain::schema::metadata::CustomField;
    use people_domain::values::FieldType;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_says_its_default_and_to_what_it_refers() {
        let own = CustomField {
            defaults: vec![("00000000001".to_owned(), json!("gold"))],
            category: Some("plans".to_owned()),
            indexing: true,
            ..CustomField::new("company", "Plan__gc", FieldType::Picklist, "z0")
        };
        let summary = Summary::of(&own.field());
        let text = rows(std::slice::from_ref(&summary));
        let cells: Vec<_> = text.lines().nth(1).unwrap().split("  ").map(str::trim).collect();
        let cells: Vec<_> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells, ["Plan__gc", "PICKLIST", "no", "in work", "gold", "dropdown plans"]);
        assert!(summary.text().contains("label      Plan__gc"), "{}", summary.text());
    }
}
