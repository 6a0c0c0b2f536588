//! Refused schemas, and the changes between two.

use serde_json::{Value as Json, json};

use super::*;

fn schema(raw: Json) -> SchemaFile {
    serde_json::from_value(raw).unwrap()
}

fn field(field: Json) -> Json {
    json!({ "objects": { "company": { "fields": { "Plan__gc": field } } } })
}

#[test]
fn a_bad_schema_says_what_to_write() {
    for (raw, part) in [
        (field(json!({ "type": "PICKLIST" })), "dropdown:"),
        (field(json!({ "type": "PICKLIST", "dropdown": "plans" })), "dropdowns has no plans"),
        (field(json!({ "type": "STRING", "dropdown": "role" })), "only PICKLIST"),
        (field(json!({ "type": "STRING", "lookup": "company" })), "GSID"),
        (field(json!({ "type": "GSID", "lookup": "nope" })), "no object"),
        (field(json!({ "type": "NUMBER", "default": "many" })), "no NUMBER"),
        (field(json!({ "type": "STRING", "maxLength": 0 })), "maxLength"),
        (field(json!({ "type": "RICHTEXTAREA", "indexed": true })), "indexed"),
        (
            json!({ "objects": { "person": { "fields": { "Plan": { "type": "STRING" } } } } }),
            "Plan__gc",
        ),
        (
            json!({ "objects": { "person": { "fields": { "P__gc": { "type": "STRING", "indexed": true } } } } }),
            "email",
        ),
        (
            json!({ "objects": { "company_person": { "fields": { "P__gc": { "type": "STRING", "indexed": true } } } } }),
            "Company_ID alone",
        ),
        (
            json!({ "objects": { "company_person": { "fields": { "Company_ID": { "type": "GSID", "indexed": true, "label": "x" } } } } }),
            "says only whether it is indexed",
        ),
        (
            json!({ "objects": { "company": { "fields": { "a__gc": { "type": "STRING" }, "A__gc": { "type": "STRING" } } } } }),
            "twice",
        ),
        (json!({ "objects": { "1x": {} } }), "no name"),
        (
            json!({ "objects": { "own": { "fields": { "Gsid": { "type": "STRING" } } } } }),
            "already",
        ),
        (json!({ "dropdowns": { "d": { "items": ["a", "a"] } } }), "twice"),
        (json!({ "dropdowns": { "d": { "items": [""] } } }), "no label"),
    ] {
        let problems = check_schema(&schema(raw.clone()));
        assert_eq!(problems.len(), 1, "{raw}: {problems:?}");
        assert!(problems[0].message.contains(part), "{raw}: {}", problems[0].message);
    }
}

#[test]
fn the_same_again_changes_nothing() {
    let wanted = json!({
        "dropdowns": { "plans": { "closed": true, "items": ["gold"] } },
        "objects": {
            "phones": { "label": "Phones", "fields": { "Number": { "type": "STRING", "indexed": true } } },
            "Company": { "fields": { "Plan__gc": { "type": "PICKLIST", "dropdown": "Plans", "default": "gold" } } },
        },
    });
    let wanted = schema(wanted);
    assert_eq!(check_schema(&wanted), []);
    assert_eq!(diff_schemas(&wanted, &wanted), []);
    let shown: Vec<_> =
        diff_schemas(&SchemaFile::default(), &wanted).iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "+ dropdown plans: closed, 1 item",
            "+ field Company.Plan__gc: PICKLIST",
            "+ object phones",
            "+ field phones.Number: STRING, indexed"
        ]
    );
    let shown: Vec<_> =
        diff_schemas(&wanted, &SchemaFile::default()).iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "- field Company.Plan__gc",
            "- field phones.Number",
            "- object phones",
            "- dropdown plans"
        ]
    );
}

#[test]
fn a_type_can_not_change() {
    let of = |kind: &str| {
        schema(json!({ "objects": { "company": { "fields": { "P__gc": { "type": kind } } } } }))
    };
    let changes = diff_schemas(&of("STRING"), &of("NUMBER"));
    assert!(matches!(changes.as_slice(), [SchemaChange::Forbidden(_)]));
}

#[test]
fn custom_attributes_of_px_have_a_name_a_type_and_a_label() {
    let of = |name: &str, field: Json| {
        schema(json!({ "objects": { "px_user": { "fields": { name: field } } } }))
    };
    for kind in ["STRING", "NUMBER", "BOOLEAN", "DATETIME"] {
        assert_eq!(check_schema(&of("plan", json!({ "type": kind, "label": "Plan" }))), []);
    }
    for (name, field, part) in [
        ("plan", json!({ "type": "CURRENCY" }), "STRING, NUMBER, BOOLEAN, DATETIME"),
        ("plan", json!({ "type": "STRING", "indexed": true }), "a label"),
        ("plan", json!({ "type": "STRING", "default": "gold" }), "a label"),
        ("plan", json!({ "type": "STRING", "required": true }), "a label"),
        ("City", json!({ "type": "STRING" }), "already"),
        ("userhash", json!({ "type": "STRING" }), "already"),
        ("JobTitle", json!({ "type": "STRING" }), "already"),
    ] {
        let problems = check_schema(&of(name, field));
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert!(problems[0].message.contains(part), "{}", problems[0].message);
    }
    let lookup = json!({ "objects": {
        "company": { "fields": { "P__gc": { "type": "GSID", "lookup": "px_account" } } } } });
    assert!(check_schema(&schema(lookup))[0].message.contains("no object"));
    let none = SchemaFile::default();
    let wanted = of("plan", json!({ "type": "STRING" }));
    let shown: Vec<_> = diff_schemas(&none, &wanted).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["+ field px_user.plan: STRING"]);
    let shown: Vec<_> = diff_schemas(&wanted, &none).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["- field px_user.plan"]);
}
