//! Metadata as it is shown to callers (contract: metadata).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::ids::gsid::GsidKind;
use crate::ids::mint::Mint;
use crate::schema::metadata::{Field, Metadata, Object, Source, object};
use crate::values;

/// The `data` of the list of objects, by name.
#[must_use]
pub fn list(metadata: &Metadata) -> Json {
    let mut objects: Vec<_> = metadata.objects().collect();
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    objects.into_iter().map(|object| Json::Object(head(object))).collect()
}

/// Labels by the name of their dropdown category.
pub type Labels = BTreeMap<String, Vec<String>>;

/// One object of a description (contract: metadata#description). `labels`: those of its dropdown
/// fields.
#[must_use]
pub fn describe(object: &Object, labels: &Labels, mint: &Mint) -> Json {
    let mut data = head(object);
    let fields = object.fields().iter().map(|field| describe_field(field, labels, mint));
    data.insert("fields".to_owned(), fields.collect());
    data.into()
}

/// The `data` of a dropdown list: its items by label.
#[must_use]
pub fn dropdown(category: &str, closed: bool, mut labels: Vec<String>, mint: &Mint) -> Json {
    labels.sort();
    let id = category_id(mint, category);
    // Clients know ids under either name.
    let item = |(at, label): (usize, &String)| {
        let id = mint.dropdown_item(category, label);
        json!({ "itemId": id, "gsid": id, "name": label, "label": label,
            "displayOrder": at + 1, "active": true })
    };
    json!({
        "categoryDetails": { "categoryId": id, "gsid": id, "name": category, "label": category,
            "closed": closed },
        "childItems": labels.iter().enumerate().map(item).collect::<Vec<_>>(),
    })
}

/// The GSID of a dropdown category.
#[must_use]
pub fn category_id(mint: &Mint, category: &str) -> String {
    mint.dropdown_item("", &category.to_ascii_lowercase())
}

fn head(object: &Object) -> serde_json::Map<String, Json> {
    let people = [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON];
    // People are written by the People API alone.
    let writable = !people.contains(&object.name.as_str());
    let head = json!({
        "objectName": object.spelled,
        "label": object.label,
        "labelPlural": object.label,
        "description": "",
        "objectType": if object.custom { "CUSTOM" } else { "STANDARD" },
        "keyPrefix": prefix(object),
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

fn prefix(object: &Object) -> &'static str {
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

fn describe_field(field: &Field, labels: &Labels, mint: &Mint) -> Json {
    let mut described = fixed(field, mint);
    // Clients read a default that is there, though it were null.
    let default = field.default_now().map(|default| values::print(field.kind, default));
    let options = field.category.as_ref().map(|category| options(category, labels, mint));
    let more = [("defaultValue", default), ("options", options)];
    if let Some(meta) = described.get_mut("meta").and_then(Json::as_object_mut) {
        meta.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    described
}

/// The items of a list as its fields name them.
fn options(category: &str, labels: &Labels, mint: &Mint) -> Json {
    let mut labels: Vec<_> = labels.get(category).into_iter().flatten().collect();
    labels.sort();
    let option =
        |label: &String| json!({ "label": label, "value": mint.dropdown_item(category, label) });
    labels.into_iter().map(option).collect()
}

fn fixed(field: &Field, mint: &Mint) -> Json {
    let written = !field.is_system();
    let key = matches!(field.source, Source::PersonId | Source::CompanyId | Source::RelationshipId);
    json!({
        "fieldName": field.name,
        "label": field.label,
        "description": "",
        "dataType": field.kind.as_str(),
        "meta": {
            "required": field.required || key,
            "nillable": !field.required && !key,
            "createable": written,
            "updateable": written && !key,
            "filterable": true,
            "sortable": true,
            "indexed": field.indexed,
            "maxLength": field.max_length,
            "hasDefault": field.default_now().is_some(),
            "categoryId": field.category.as_deref().map(|category| category_id(mint, category)),
            "lookupDetail": field.lookup.as_ref().map(|lookup| json!({ "fieldName": "Gsid", "objectName": lookup })),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_an_object_is_described() {
        let mint = Mint::new(&[1; 32], "QNK6ENCURXXDZW").unwrap();
        let metadata = Metadata::new(false, &[]);
        for object in metadata.objects() {
            let described = describe(object, &Labels::new(), &mint);
            assert_eq!(described["fields"].as_array().unwrap().len(), object.fields().len());
        }
        let labels = Labels::from([("role".to_owned(), vec!["B".to_owned(), "A".to_owned()])]);
        let role = describe(metadata.standard(object::COMPANY_PERSON), &labels, &mint);
        let role = role["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["fieldName"] == "Role")
            .unwrap();
        assert_eq!(role["meta"]["categoryId"], category_id(&mint, "role"));
        assert_eq!(role["meta"]["options"][0]["label"], "A");
        assert_eq!(role["meta"]["options"][1]["value"], mint.dropdown_item("role", "B"));
        assert_eq!(role["meta"].get("defaultValue"), None);
        assert_eq!(list(&metadata).as_array().unwrap().len(), 5);
    }
}
