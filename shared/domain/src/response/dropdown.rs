//! Dropdown values in answers: labels are stored, the GSIDs of their items are shown (contract:
//! fields#role-values).

use serde_json::Value as Json;

use crate::ids::tenant_ids::TenantIds;
use crate::people::row::picklist_texts;
use crate::schema::metadata::{Field, is_dropdown};
use crate::values::{FieldType, Value};

/// The items of a dropdown value; `None` if the field is not a dropdown.
pub(crate) fn render_dropdown_items(
    field: &Field,
    value: &Value,
    tenant_ids: &TenantIds,
) -> Option<Json> {
    let category = field.category.as_deref().filter(|_| is_dropdown(field.kind))?;
    let mut ids = picklist_texts(Some(value))
        .iter()
        .map(|label| tenant_ids.dropdown_item_gsid(category, label));
    Some(match field.kind {
        FieldType::Picklist => ids.next().into(),
        _ => ids.collect(),
    })
}
