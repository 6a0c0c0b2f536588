//! `people schema`, and what it makes seen by `people object|field|dropdown`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use people_domain::schema::{Schema, diff};
use people_testkit::TestTenant;
use serde_json::{Value, json};

use crate::people::{fresh, json, people, tenant};

/// The schema of the demo tenant, which the repository ships.
fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo-schema.yaml")
}

/// A file with this text, for this test alone.
fn file(text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.yaml", fresh()));
    std::fs::write(&path, text).unwrap();
    path
}

fn apply(tenant: &str, file: &Path) -> String {
    people(&format!("schema apply {tenant} {} --yes", file.display())).done()
}

#[test]
fn a_schema_applied_twice_has_nothing_to_do() {
    let tenant = tenant();
    let before = json(&format!("schema export {tenant} --format json"));
    people(&format!("schema apply {tenant} {} --dry-run", demo().display())).done();
    assert_eq!(
        json(&format!("schema export {tenant} --format json")),
        before,
        "a dry run changes nothing"
    );
    apply(&tenant, &demo());
    let again = people(&format!("schema apply {tenant} {} --yes", demo().display()));
    assert!(format!("{}{}", again.stdout, again.stderr).contains("othing to do"), "{again:?}");
    assert_eq!(again.code, 0);
}

#[test]
fn what_one_tenant_exports_another_takes() {
    let (one, other) = (tenant(), tenant());
    apply(&one, &demo());
    let exported = file(&people(&format!("schema export {one}")).done());
    assert_eq!(
        people(&format!("schema diff {other} {}", exported.display())).code,
        1,
        "there are differences"
    );
    apply(&other, &exported);
    assert_eq!(
        people(&format!("schema diff {other} {}", exported.display())).code,
        0,
        "there are none"
    );
}

#[test]
fn a_bad_schema_names_its_line() {
    let tenant = tenant();
    let bad = file("objects:\n  company:\n    fields:\n      Plan: { type: STRING }\n");
    let run = people(&format!("schema apply {tenant} {} --yes", bad.display()));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains(":4: ") && run.stderr.contains("write Plan__gc"), "{run:?}");
}

#[test]
fn what_was_applied_is_listed_and_shown() {
    let tenant = tenant();
    apply(&tenant, &demo());
    let named = |listed: serde_json::Value, name: &str| {
        listed.as_array().unwrap().iter().any(|one| one["name"] == name)
    };
    assert!(named(json(&format!("object list {tenant}")), "custom_table_name"));
    assert!(named(json(&format!("field list {tenant} company_person")), "Deskphone__gc"));
    assert!(named(json(&format!("dropdown list {tenant}")), "multi"));
    let shown = json(&format!("field show {tenant} company_person deskphone__GC"));
    assert_eq!((&shown["type"], &shown["lookup"]), (&json!("GSID"), &json!("custom_table_name")));
}

#[test]
fn a_changed_file_applied_twice_has_nothing_to_do() {
    let (tenant, other) = (tenant(), tenant());
    apply(&tenant, &demo());
    let mut changed = json(&format!("schema export {tenant} --format json"));
    changed["dropdowns"]["plans"] = json!({ "closed": true, "items": ["gold", "silver"] });
    changed["objects"]["custom_table_name"]["label"] = "Telephones".into();
    let fields = changed["objects"]["company_person"]["fields"].as_object_mut().unwrap();
    fields.remove("Deskphone__gc").expect("the demo schema has it");
    let plan = json!({ "type": "PICKLIST", "dropdown": "plans", "default": "gold" });
    fields.insert("Plan__gc".to_owned(), plan);
    let changed = file(&changed.to_string());
    let lines = people(&format!("schema diff {tenant} {}", changed.display()));
    for line in [
        "+ dropdown plans: closed, 2 items",
        "~ object custom_table_name",
        "+ field company_person.Plan__gc: PICKLIST",
        "- field company_person.Deskphone__gc",
    ] {
        assert!(lines.stdout.contains(line), "{line}: {lines:?}");
    }
    let apply_json =
        |tenant: &str| json(&format!("schema apply {tenant} {} --yes", changed.display()));
    assert_eq!(apply_json(&tenant)["applied"], true);
    let nothing = json!({ "changes": [], "applied": false, "indexed": [] });
    assert_eq!(apply_json(&tenant), nothing);
    assert_eq!(people(&format!("schema diff {tenant} {}", changed.display())).code, 0);

    // What is exported makes another tenant the same, removed fields and all.
    let export = |tenant: &str| json(&format!("schema export {tenant} --format json"));
    let exported = file(&export(&tenant).to_string());
    apply(&other, &exported);
    assert_eq!(export(&other), export(&tenant));
}

#[tokio::test]
async fn an_interrupted_index_goes_on_at_once() {
    let test = TestTenant::new().await;
    let tier = |indexed: bool| -> Schema {
        serde_json::from_value(json!({ "objects": { "company": { "fields": {
            "Tier__gc": { "type": "STRING", "indexed": indexed } } } } }))
        .unwrap()
    };
    let record = |n: usize| json!({ "Name": n.to_string(), "Tier__gc": "gold", "Summary": "x".repeat(30_000) });
    let store = test.cold();
    for indexed in [false, true] {
        for change in diff(&store.schema().await.unwrap(), &tier(indexed)) {
            store.change_schema(&change).await.unwrap();
        }
        if !indexed {
            let records: Vec<_> = (0..50).map(record).collect();
            store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
        }
    }
    let first = store.index_page("company", "Tier__gc").await.unwrap();
    assert!(!first.last, "it is interrupted before the last page");
    let same = file(&people(&format!("schema export {}", test.tenant.id)).done());
    let compare = || people(&format!("schema diff {} {}", test.tenant.id, same.display()));
    let unfinished = compare();
    let line = "~ index of company.Tier__gc: unfinished; `people schema index";
    assert!(unfinished.code == 1 && unfinished.stdout.starts_with(line), "{unfinished:?}");
    let start = Instant::now();
    let run = people(&format!("--json schema index {}", test.tenant.id));
    assert!(start.elapsed() < Duration::from_secs(30), "to wait again is of no use");
    let rest = format!("company.Tier__gc is indexed: {} records.", 50 - first.records);
    assert!(run.stderr.contains(&rest), "the last page counts too: {run:?}");
    let indexed: Value = serde_json::from_str(&run.done()).unwrap();
    assert_eq!(indexed, json!({ "indexed": ["company.Tier__gc"] }));
    assert_eq!(compare().done(), "no differences\n");
    let none = json(&format!("schema index {}", test.tenant.id));
    assert_eq!(none, json!({ "indexed": [] }));
}
