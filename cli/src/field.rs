//! `people field`: list, show.

use people_domain::schema::metadata::Field;
use people_domain::values;
use people_storage::Store;
use serde::Serialize;
use serde_json::Value as Json;

use crate::args::schema::FieldCommand;
use crate::error::CommandError;
use crate::object::{find_object, read_metadata};
use crate::output::{CommandOutput, format_table};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldSummary {
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

pub(crate) async fn run(
    store: &Store,
    command: FieldCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        FieldCommand::List { tenant, object } => {
            let metadata = read_metadata(store, tenant.as_str()).await?;
            let object = find_object(&metadata, tenant.as_str(), &object)?;
            let fields: Vec<_> = object.fields().iter().map(FieldSummary::from_field).collect();
            let text = format_fields(&fields);
            Ok(CommandOutput::new(fields, text))
        }
        FieldCommand::Show { tenant, object, field } => {
            let metadata = read_metadata(store, tenant.as_str()).await?;
            let object = find_object(&metadata, tenant.as_str(), &object)?;
            let name = &object.spelling;
            let none = || {
                CommandError::Refused(format!(
                    "{name} has no field {field}; `people field list {tenant} {name}` shows its fields"
                ))
            };
            let field = FieldSummary::from_field(object.field(&field).ok_or_else(none)?);
            let text = field.to_text();
            Ok(CommandOutput::new(field, text))
        }
    }
}

impl FieldSummary {
    pub(crate) fn from_field(field: &Field) -> Self {
        let default = field.default_now().map(|default| values::to_json(field.kind, default));
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

    fn to_cells(&self) -> [String; 6] {
        let lookup = self.lookup.as_ref().map(|object| format!("lookup {object}"));
        let dropdown = self.dropdown.as_ref().map(|list| format!("dropdown {list}"));
        [
            self.name.clone(),
            self.kind.to_owned(),
            if self.required { "yes" } else { "no" }.to_owned(),
            self.index_state().to_owned(),
            format_default(&self.default),
            lookup.or(dropdown).unwrap_or_default(),
        ]
    }

    fn index_state(&self) -> &'static str {
        match (self.indexed, self.indexing) {
            (true, _) => "yes",
            (_, true) => "in work",
            _ => "no",
        }
    }

    fn to_text(&self) -> String {
        let [_, _, required, indexed, default, refers] = self.to_cells();
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
        format_table(["FIELD", &self.name], rows)
    }
}

fn format_default(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(crate) fn format_fields(fields: &[FieldSummary]) -> String {
    let header = ["FIELD", "TYPE", "REQUIRED", "INDEXED", "DEFAULT", "REFERS TO"];
    format_table(header, fields.iter().map(FieldSummary::to_cells).collect())
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
        let summary = FieldSummary::from_field(&own.to_field());
        let text = format_fields(std::slice::from_ref(&summary));
        let cells: Vec<_> = text.lines().nth(1).unwrap().split("  ").map(str::trim).collect();
        let cells: Vec<_> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells, ["Plan__gc", "PICKLIST", "no", "in work", "gold", "dropdown plans"]);
        assert!(summary.to_text().contains("label      Plan__gc"), "{}", summary.to_text());
    }
}
