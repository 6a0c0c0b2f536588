//! Imports of an export into a tenant that refuses some of its rows.

use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::command::{jobs_command, new_directory, run_command, run_json, run_people, write_file};
use crate::comparable_rows::read_rows;

/// A schema; in the tenant that imports, some texts have to be numbers.
fn apply_schema(tenant: &str, kind: &str) {
    let schema = json!({ "objects": {
        "asset": { "fields": {
            "Serial": { "type": "STRING" },
            "Size": { "type": kind },
            "Owner": { "type": "GSID", "lookup": "person" },
        } },
        "badge": { "fields": {
            "Code": { "type": "STRING" },
            "Holder": { "type": "GSID", "lookup": "person", "required": true },
        } },
        "person": { "fields": {
            "Score__gc": { "type": kind },
            "Assistant__gc": { "type": "GSID", "lookup": "person" },
        } },
        "company_person": { "fields": { "Level__gc": { "type": kind } } },
    } });
    let path = write_file(&format!("{tenant}.json"), schema.to_string());
    run_people(&format!("schema apply {tenant} {} --yes", path.display())).assert_success();
}

/// A tenant of which every row has the id of a person in a field.
async fn create_source() -> TestTenant {
    let test = TestTenant::new().await;
    apply_schema(&test.tenant.id, "STRING");
    let store = test.cached_store();
    let upsert = async |person: Json| {
        let written = store.ingest_record(&person, &Lookups::default()).await;
        written.unwrap().unwrap().person.gsid.clone()
    };
    let boss = upsert(json!({ "Email": "boss@abc.com" })).await;
    let assets = [
        json!({ "Serial": "refused", "Size": "large", "Owner": boss }),
        json!({ "Serial": "whole", "Owner": boss }),
    ];
    store.insert_objects("asset", &assets, &[]).await.unwrap().unwrap();
    let badge = [json!({ "Code": "gate", "Holder": boss })];
    store.insert_objects("badge", &badge, &[]).await.unwrap().unwrap();
    let companies = [test.create_company("one").await, test.create_company("two").await];
    upsert(json!({ "Email": "refused@abc.com", "Score__gc": "high", "Assistant__gc": boss })).await;
    upsert(json!({ "Email": "partial@abc.com", "Assistant__gc": boss, "companies": [
        { "Company_ID": companies[0], "Manager": boss, "Level__gc": "top" },
        { "Company_ID": companies[1], "Manager": boss },
    ] }))
    .await;
    test
}

#[tokio::test]
async fn an_import_makes_no_rows_of_the_references_of_what_it_refused() {
    let (source, target) = (create_source().await, TestTenant::new().await);
    let [source, target] = [&source, &target].map(|test| test.tenant.id.clone());
    apply_schema(&target, "NUMBER");
    let directory = new_directory(&format!("{source}-payload"));
    run_json(&format!("export {source} {} --format payload", directory.display()));
    let import = || {
        let words = format!("--json import {target} {} --timeout 60", directory.display());
        let run = run_command(jobs_command(), &words);
        assert_eq!(run.code, 4, "{run:?}");
        let result: Json = serde_json::from_str(&run.stdout).unwrap();
        (result["records"].clone(), result["people"].clone())
    };
    let read_target = |name: &str| {
        let after = new_directory(&format!("{target}-{name}"));
        run_json(&format!("export {target} {}", after.display()));
        ["company", "asset", "badge", "person", "company_person"].map(|object| {
            // Partitions are read at the same time, so that a file has no order.
            let mut rows = read_rows(&after.join(format!("{object}.jsonl.gz")));
            rows.sort_by_key(|row| row["Gsid"].to_string());
            rows
        })
    };

    let people = json!({ "success": 1, "partial": 1, "failure": 1 });
    let written = json!({ "inserted": 4, "updated": 0, "unchanged": 0, "failed": 1 });
    assert_eq!(import(), (written, people.clone()));
    let rows = read_target("first");
    let [companies, assets, badges, persons, associations] = &rows;
    let find = |email: &str| persons.iter().find(|row| row["Email"] == email).unwrap();
    let boss = &find("boss@abc.com")["Gsid"];
    assert_eq!([companies.len(), persons.len()], [2, 2]);
    assert_eq!(&find("partial@abc.com")["Assistant__gc"], boss);
    let fields = |rows: &[Json], names: [&str; 2]| {
        rows.iter().map(|row| names.map(|name| row[name].clone())).collect::<Vec<_>>()
    };
    assert_eq!(fields(assets, ["Serial", "Owner"]), [[json!("whole"), boss.clone()]]);
    assert_eq!(fields(badges, ["Code", "Holder"]), [[json!("gate"), boss.clone()]]);
    let second = companies.iter().find(|row| row["Name"] == "two").unwrap();
    let expected = [[second["Gsid"].clone(), boss.clone()]];
    assert_eq!(fields(associations, ["Company_ID", "Manager"]), expected);

    // Another time nothing is written: the rows are those of before, with their dates.
    let unchanged = json!({ "inserted": 0, "updated": 0, "unchanged": 4, "failed": 1 });
    assert_eq!(import(), (unchanged, people));
    assert_eq!(read_target("second"), rows);
}

#[tokio::test]
async fn companies_that_require_a_person_are_complete_after_a_second_import() {
    let (source, target) = (TestTenant::new().await, TestTenant::new().await);
    let schema = json!({ "objects": { "company": { "fields": {
        "Owner__gc": { "type": "GSID", "lookup": "person", "required": true },
    } } } });
    for test in [&source, &target] {
        let tenant = &test.tenant.id;
        let path = write_file(&format!("{tenant}.json"), schema.to_string());
        run_people(&format!("schema apply {tenant} {} --yes", path.display())).assert_success();
    }
    let (store, lookups) = (source.cached_store(), Lookups::default());
    let person = json!({ "Email": "owner@abc.com" });
    let owner = store.ingest_record(&person, &lookups).await.unwrap().unwrap().person.gsid.clone();
    let company = [json!({ "Name": "one", "Owner__gc": owner })];
    let company = store.insert_objects("company", &company, &[]).await.unwrap().unwrap().remove(0);
    let person = json!({ "Gsid": owner, "companies": [{ "Company_ID": company.gsid }] });
    store.ingest_record(&person, &lookups).await.unwrap().unwrap();

    let directory = new_directory(&format!("{}-payload", source.tenant.id));
    run_json(&format!("export {} {} --format payload", source.tenant.id, directory.display()));
    let import = || {
        let words = format!("--json import {} {}", target.tenant.id, directory.display());
        let run = run_command(jobs_command(), &words);
        let result: Json = serde_json::from_str(&run.stdout).unwrap();
        (run.code, result["records"]["inserted"].clone(), result["people"].clone())
    };
    let people = |success, partial| json!({ "success": success, "partial": partial, "failure": 0 });
    assert_eq!(import(), (4, json!(1), people(0, 1)));
    assert_eq!(import(), (0, json!(0), people(1, 0)));
}
