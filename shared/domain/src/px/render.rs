//! Users and accounts as answers show them: every field in the documented order, empty ones too.

use serde_json::{Map, Value as Json};

use super::custom::value_type;
use super::field::PxFieldSource;
use super::row::PxRow;
use super::value::print_value;

/// Renders a user or an account.
#[must_use]
pub fn render_row(row: &PxRow<'_>) -> Json {
    let mut object = Map::new();
    for field in row.object.fields() {
        let value = match field.source {
            PxFieldSource::CustomAttributes => render_custom(row),
            PxFieldSource::Null => Json::Null,
            _ => print_value(field.kind, row.value(field).as_ref()),
        };
        insert_at(&mut object, field.path, value);
    }
    Json::Object(object)
}

/// The custom attributes that have a value; null if none has.
fn render_custom(row: &PxRow<'_>) -> Json {
    let fields = row.custom.fields().iter();
    let print = |field| {
        let value = row.custom_value(field)?;
        Some((field.name.clone(), print_value(value_type(field), Some(value))))
    };
    let printed: Map<_, _> = fields.filter_map(print).collect();
    if printed.is_empty() { Json::Null } else { Json::Object(printed) }
}

/// Inserts a value at a dotted path.
fn insert_at(object: &mut Map<String, Json>, path: &str, value: Json) {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut target = object;
    for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
        let inner = target.entry(parent).or_insert_with(|| Json::Object(Map::new()));
        match inner.as_object_mut() {
            Some(inner) => target = inner,
            None => return,
        }
    }
    target.insert(name.to_owned(), value);
}
