//! `people schema`, and its effect on `people object|field|dropdown`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::TestTenant;
use serde_json::{Value, json};

use crate::command::{create_tenant, new_tenant_id, run_json, run_people};

/// The demo tenant's schema, which the repository ships.
fn demo_schema() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo-schema.yaml")
}

/// Writes a schema file that only this test uses.
fn write_schema(text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.yaml", new_tenant_id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn apply_schema(tenant: &str, file: &Path) -> String {
    run_people(&format!("schema apply {tenant} {} --yes", file.display())).assert_success()
}

#[test]
fn a_schema_applied_twice_has_nothing_to_do() {
    let tenant = create_tenant();
    let before = run_json(&format!("schema export {tenant} --format json"));
    run_people(&format!("schema apply {tenant} {} --dry-run", demo_schema().display()))
        .assert_success();
    assert_eq!(
        run_json(&format!("schema export {tenant} --format json")),
        before,
        "a dry run changes nothing"
    );
    apply_schema(&tenant, &demo_schema());
    let again = run_people(&format!("schema apply {tenant} {} --yes", demo_schema().display()));
    assert!(format!("{}{}", again.stdout, again.stderr).contains("othing to do"), "{again:?}");
    assert_eq!(again.code, 0);
}

#[test]
fn what_one_tenant_exports_another_takes() {
    let (one, other) = (create_tenant(), create_tenant());
    apply_schema(&one, &demo_schema());
    let exported = write_schema(&run_people(&format!("schema export {one}")).assert_success());
    assert_eq!(
        run_people(&format!("schema diff {other} {}", exported.display())).code,
        1,
        "there are differences"
    );
    apply_schema(&other, &exported);
    assert_eq!(
        run_people(&format!("schema diff {other} {}", exported.display())).code,
        0,
        "there are none"
    );
}

#[test]
fn a_bad_schema_names_its_line() {
    let tenant = create_tenant();
    let bad = write_schema("objects:\n  company:\n    fields:\n      Plan: { type: STRING }\n");
    let run = run_people(&format!("schema apply {tenant} {} --yes", bad.display()));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains(":4: ") && run.stderr.contains("write Plan__gc"), "{run:?}");
}

#[test]
fn what_was_applied_is_listed_and_shown() {
    let tenant = create_tenant();
    apply_schema(&tenant, &demo_schema());
    let named = |listed: serde_json::Value, name: &str| {
        listed.as_array().unwrap().iter().any(|one| one["name"] == name)
    };
    assert!(named(run_json(&format!("object list {tenant}")), "custom_table_name"));
    assert!(named(run_json(&format!("field list {tenant} company_person")), "Deskphone__gc"));
    assert!(named(run_json(&format!("dropdown list {tenant}")), "multi"));
    let shown = run_json(&format!("field show {tenant} company_person deskphone__GC"));
    assert_eq!((&shown["type"], &shown["lookup"]), (&json!("GSID"), &json!("custom_table_name")));
}

#[test]
fn a_changed_file_applied_twice_has_nothing_to_do() {
    let (tenant, other) = (create_tenant(), create_tenant());
    apply_schema(&tenant, &demo_schema());
    let mut changed = run_json(&format!("schema export {tenant} --format json"));
    changed["dropdowns"]["plans"] = json!({ "closed": true, "items": ["gold", "silver"] });
    changed["objects"]["custom_table_name"]["label"] = "Telephones".into();
    let fields = changed["objects"]["company_person"]["fields"].as_object_mut().unwrap();
    fields.remove("Deskphone__gc").expect("the demo schema has it");
    let plan = json!({ "type": "PICKLIST", "dropdown": "plans", "default": "gold" });
    fields.insert("Plan__gc".to_owned(), plan);
    let changed = write_schema(&changed.to_string());
    let lines = run_people(&format!("schema diff {tenant} {}", changed.display()));
    for line in [
        "+ dropdown plans: closed, 2 items",
        "~ object custom_table_name",
        "+ field company_person.Plan__gc: PICKLIST",
        "- field company_person.Deskphone__gc",
    ] {
        assert!(lines.stdout.contains(line), "{line}: {lines:?}");
    }
    let apply_json =
        |tenant: &str| run_json(&format!("schema apply {tenant} {} --yes", changed.display()));
    assert_eq!(apply_json(&tenant)["applied"], true);
    let nothing = json!({ "changes": [], "applied": false, "indexed": [] });
    assert_eq!(apply_json(&tenant), nothing);
    assert_eq!(run_people(&format!("schema diff {tenant} {}", changed.display())).code, 0);

    // Applying the export to another tenant makes both equal, including the removed fields.
    let export = |tenant: &str| run_json(&format!("schema export {tenant} --format json"));
    let exported = write_schema(&export(&tenant).to_string());
    apply_schema(&other, &exported);
    assert_eq!(export(&other), export(&tenant));
}

#[tokio::test]
async fn an_interrupted_index_goes_on_at_once() {
    let test = TestTenant::new().await;
    let tier = |indexed: bool| -> SchemaFile {
        serde_json::from_value(json!({ "objects": { "company": { "fields": {
            "Tier__gc": { "type": "STRING", "indexed": indexed } } } } }))
        .unwrap()
    };
    let record = |n: usize| json!({ "Name": n.to_string(), "Tier__gc": "gold", "Summary": "x".repeat(30_000) });
    let store = test.uncached_store();
    for indexed in [false, true] {
        for change in diff_schemas(&store.export_schema().await.unwrap(), &tier(indexed)) {
            store.apply_schema_change(&change).await.unwrap();
        }
        if !indexed {
            let records: Vec<_> = (0..50).map(record).collect();
            store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
        }
    }
    let first = store.build_index_page("company", "Tier__gc").await.unwrap();
    assert!(!first.last, "it is interrupted before the last page");
    let same =
        write_schema(&run_people(&format!("schema export {}", test.tenant.id)).assert_success());
    let compare = || run_people(&format!("schema diff {} {}", test.tenant.id, same.display()));
    let unfinished = compare();
    let line = "~ index of company.Tier__gc: unfinished; `people schema index";
    assert!(unfinished.code == 1 && unfinished.stdout.starts_with(line), "{unfinished:?}");
    let start = Instant::now();
    let run = run_people(&format!("--json schema index {}", test.tenant.id));
    assert!(start.elapsed() < Duration::from_secs(30), "to wait again is of no use");
    let rest = format!("company.Tier__gc is indexed: {} records.", 50 - first.records);
    assert!(run.stderr.contains(&rest), "the last page counts too: {run:?}");
    let indexed: Value = serde_json::from_str(&run.assert_success()).unwrap();
    assert_eq!(indexed, json!({ "indexed": ["company.Tier__gc"] }));
    assert_eq!(compare().assert_success(), "no differences\n");
    let none = run_json(&format!("schema index {}", test.tenant.id));
    assert_eq!(none, json!({ "indexed": [] }));
}
