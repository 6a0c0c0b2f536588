//! Metadata as it is shown to callers (contract 12).

use serde_json::{Value as Json, json};

use crate::gsid::GsidKind;
use crate::metadata::{Field, Metadata, Object, Source, object};
use crate::mint::Mint;
use crate::value;

/// The `data` of the list of objects, by name.
#[must_use]
pub fn list(metadata: &Metadata) -> Json {
    let mut objects: Vec<_> = metadata.objects().collect();
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    objects.into_iter().map(|object| Json::Object(head(object))).collect()
}

/// The `data` of a description: a list of one object (contract 12).
#[must_use]
pub fn describe(object: &Object, mint: &Mint) -> Json {
    let mut data = head(object);
    let fields: Vec<_> = object.fields().iter().map(|field| describe_field(field, mint)).collect();
    data.insert("fields".to_owned(), fields.into());
    json!([data])
}

/// The `data` of a dropdown list: its items by label.
#[must_use]
pub fn dropdown(category: &str, closed: bool, mut labels: Vec<String>, mint: &Mint) -> Json {
    labels.sort();
    let item = |(at, label): (usize, &String)| {
        json!({ "itemId": mint.dropdown_item(category, label), "name": label, "label": label,
            "displayOrder": at + 1, "active": true })
    };
    json!({
        "categoryDetails": { "categoryId": category_id(mint, category), "name": category, "label": category,
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

fn describe_field(field: &Field, mint: &Mint) -> Json {
    let written = !field.is_system();
    let default = field.default_now().map(|default| value::print(field.kind, default));
    let key = matches!(field.source, Source::PersonId | Source::CompanyId | Source::RelationshipId);
    json!({
        "fieldName": field.name,
        "label": field.label,
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
            "hasDefault": default.is_some(),
            "defaultValue": default,
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
            let described = describe(object, &mint);
            assert_eq!(described[0]["fields"].as_array().unwrap().len(), object.fields().len());
        }
        let role = describe(metadata.standard(object::COMPANY_PERSON), &mint);
        let role = role[0]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["fieldName"] == "Role")
            .unwrap();
        assert_eq!(role["meta"]["categoryId"], category_id(&mint, "role"));
        assert_eq!(list(&metadata).as_array().unwrap().len(), 5);
    }
}
