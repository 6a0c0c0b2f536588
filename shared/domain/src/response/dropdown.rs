//! Dropdown values as answers show them: stored are labels, shown are the GSIDs of their items
//! (contract: fields#role-values).

use serde_json::Value as Json;

use crate::ids::tenant_ids::TenantIds;
use crate::people::row::part_texts;
use crate::schema::metadata::{Field, is_dropdown};
use crate::values::{FieldType, Value};

/// The items of a dropdown value; none when the field is no dropdown.
pub(crate) fn render_dropdown_items(
    field: &Field,
    value: &Value,
    tenant_ids: &TenantIds,
) -> Option<Json> {
    let category = field.category.as_deref().filter(|_| is_dropdown(field.kind))?;
    let mut ids =
        part_texts(Some(value)).iter().map(|label| tenant_ids.dropdown_item_gsid(category, label));
    Some(match field.kind {
        FieldType::Picklist => ids.next().into(),
        _ => ids.collect(),
    })
}
