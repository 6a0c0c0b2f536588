//! Renders metadata (contract: metadata).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, object};
use crate::values;

/// The `data` of the list of objects, sorted by name.
#[must_use]
pub fn list_objects(metadata: &Metadata) -> Json {
    let mut objects: Vec<_> = metadata.objects().collect();
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    objects.into_iter().map(|object| Json::Object(render_object_head(object))).collect()
}

/// Labels by the name of their dropdown category.
pub type LabelsByCategory = BTreeMap<String, Vec<String>>;

/// One object of a description (contract: metadata#description); `labels` are those of its dropdown
/// fields.
#[must_use]
pub fn describe_object(object: &Object, labels: &LabelsByCategory, tenant_ids: &TenantIds) -> Json {
    let mut data = render_object_head(object);
    let fields = object.fields().iter().map(|field| describe_field(field, labels, tenant_ids));
    data.insert("fields".to_owned(), fields.collect());
    data.into()
}

/// The `data` of a dropdown list, its items sorted by label.
#[must_use]
pub fn render_dropdown_list(
    category: &str,
    closed: bool,
    mut labels: Vec<String>,
    tenant_ids: &TenantIds,
) -> Json {
    labels.sort();
    let id = category_id(tenant_ids, category);
    // Clients read ids under either name.
    let item = |(index, label): (usize, &String)| {
        let id = tenant_ids.dropdown_item_gsid(category, label);
        json!({ "itemId": id, "gsid": id, "name": label, "label": label,
            "displayOrder": index + 1, "active": true })
    };
    json!({
        "categoryDetails": { "categoryId": id, "gsid": id, "name": category, "label": category,
            "closed": closed },
        "childItems": labels.iter().enumerate().map(item).collect::<Vec<_>>(),
    })
}

/// The GSID of a dropdown category.
#[must_use]
pub fn category_id(tenant_ids: &TenantIds, category: &str) -> String {
    tenant_ids.dropdown_item_gsid("", &category.to_ascii_lowercase())
}

fn render_object_head(object: &Object) -> serde_json::Map<String, Json> {
    let people = [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON];
    // Only the People API writes people.
    let writable = !people.contains(&object.name.as_str());
    let head = json!({
        "objectName": object.spelling,
        "label": object.label,
        "labelPlural": object.label,
        "description": "",
        "objectType": if object.custom { "CUSTOM" } else { "STANDARD" },
        "keyPrefix": find_gsid_prefix(object),
        "readable": true,
        "createable": writable,
        "updateable": writable,
        "deletable": writable,
    });
    match head {
        Json::Object(head) => head,
        _ => serde_json::Map::new(),
    }
}

fn find_gsid_prefix(object: &Object) -> &'static str {
    let kind = match object.name.as_str() {
        object::PERSON => GsidKind::Person,
        object::COMPANY_PERSON => GsidKind::CompanyPerson,
        object::RELATIONSHIP_PERSON => GsidKind::RelationshipPerson,
        object::COMPANY => GsidKind::Company,
        object::RELATIONSHIP => GsidKind::Relationship,
        _ => GsidKind::Custom,
    };
    kind.prefix()
}

fn describe_field(field: &Field, labels: &LabelsByCategory, tenant_ids: &TenantIds) -> Json {
    let mut described = render_fixed_properties(field, tenant_ids);
    // Clients would read a null as a default, so the member is left out.
    let default = field.default_now().map(|default| values::to_json(field.kind, default));
    let options =
        field.category.as_ref().map(|category| render_options(category, labels, tenant_ids));
    let more = [("defaultValue", default), ("options", options)];
    if let Some(meta) = described.get_mut("meta").and_then(Json::as_object_mut) {
        meta.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    described
}

/// The items of a list as `options` of its fields.
fn render_options(category: &str, labels: &LabelsByCategory, tenant_ids: &TenantIds) -> Json {
    let mut labels: Vec<_> = labels.get(category).into_iter().flatten().collect();
    labels.sort();
    let option = |label: &String| json!({ "label": label, "value": tenant_ids.dropdown_item_gsid(category, label) });
    labels.into_iter().map(option).collect()
}

fn render_fixed_properties(field: &Field, tenant_ids: &TenantIds) -> Json {
    let is_writable = !field.is_system();
    let is_key = matches!(
        field.origin,
        FieldOrigin::PersonId | FieldOrigin::CompanyId | FieldOrigin::RelationshipId
    );
    json!({
        "fieldName": field.name,
        "label": field.label,
        "description": "",
        "dataType": field.kind.as_str(),
        "meta": {
            "required": field.required || is_key,
            "nillable": !field.required && !is_key,
            "createable": is_writable,
            "updateable": is_writable && !is_key,
            "filterable": true,
            "sortable": true,
            "indexed": field.indexed,
            "maxLength": field.max_length,
            "hasDefault": field.default_now().is_some(),
            "categoryId": field.category.as_deref().map(|category| category_id(tenant_ids, category)),
            "lookupDetail": field.lookup.as_ref().map(|lookup| json!({ "fieldName": "Gsid", "objectName": lookup })),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_an_object_is_described() {
        let tenant_ids = TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap();
        let metadata = Metadata::new(false, &[]);
        for object in metadata.objects() {
            let described = describe_object(object, &LabelsByCategory::new(), &tenant_ids);
            assert_eq!(described["fields"].as_array().unwrap().len(), object.fields().len());
        }
        let labels =
            LabelsByCategory::from([("role".to_owned(), vec!["B".to_owned(), "A".to_owned()])]);
        let role =
            describe_object(metadata.standard_object(object::COMPANY_PERSON), &labels, &tenant_ids);
        let role = role["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["fieldName"] == "Role")
            .unwrap();
        assert_eq!(role["meta"]["categoryId"], category_id(&tenant_ids, "role"));
        assert_eq!(role["meta"]["options"][0]["label"], "A");
        assert_eq!(role["meta"]["options"][1]["value"], tenant_ids.dropdown_item_gsid("role", "B"));
        assert_eq!(role["meta"].get("defaultValue"), None);
        assert_eq!(list_objects(&metadata).as_array().unwrap().len(), 5);
    }
}
