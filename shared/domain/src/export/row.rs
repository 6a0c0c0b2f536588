//! Renders a row of an object with all its fields, for JSON lines.

use serde_json::{Map, Value as Json};

use crate::people::view::View;
use crate::schema::metadata::Object;
use crate::values;

/// Every field of a row by its canonical name: dates as text in UTC, dropdown values as labels,
/// absent values as null.
#[must_use]
pub fn render_row(object: &Object, view: View<'_>) -> Map<String, Json> {
    let field = |field| {
        let value = view.value(field);
        value.map_or(Json::Null, |value| values::to_json(field.kind, &value))
    };
    object.fields().iter().map(|known| (known.name.clone(), field(known))).collect()
}
