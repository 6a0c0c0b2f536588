//! Two tenants with the same names: each ends as if it were the only one.

use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_domain::query::QueryRequest;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{MemorySnapshots, TestTenant, redact_json_unnumbered};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

/// One action of a tenant. The numbers choose among few names, so that names collide.
#[derive(Debug, Clone)]
enum Step {
    Upsert(u8, u8),
    Associate(u8, u8),
    Move(u8, u8),
    Insert(u8),
    Update(u8, u8),
    Delete(u8),
    Schema(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let two = || (0..3_u8, 0..3_u8);
    prop_oneof![
        two().prop_map(|(a, b)| Step::Upsert(a, b)),
        two().prop_map(|(a, b)| Step::Associate(a, b)),
        two().prop_map(|(a, b)| Step::Move(a, b)),
        (0..3_u8).prop_map(Step::Insert),
        two().prop_map(|(a, b)| Step::Update(a, b)),
        (0..3_u8).prop_map(Step::Delete),
        any::<bool>().prop_map(Step::Schema),
    ]
}

fn email(n: u8) -> String {
    format!("p{n}@abc.com")
}

fn request(body: &Json) -> QueryRequest {
    QueryRequest::parse(body).expect("the query is valid")
}

/// Runs a step. A refusal is ignored, because both tenants get it.
async fn run_step(test: &TestTenant, step: &Step) {
    let store = test.uncached_store();
    match step {
        Step::Upsert(person, value) => {
            let body = json!({ "Email": email(*person), "FirstName": format!("v{value}") });
            _ = store.ingest_record(&body, &Lookups::default()).await.unwrap();
        }
        Step::Associate(person, company) => {
            let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
            let body = json!({ "Email": email(*person), "companies": [{ "N": format!("c{company}"), "Role": "Admin" }], "lookups": lookups });
            _ = store.ingest_record(&body, &Lookups::default()).await.unwrap();
        }
        Step::Move(person, to) => {
            let found =
                store.read_person_by_email(&Email::parse(&email(*person)).unwrap()).await.unwrap();
            if let Some(person) = found {
                let body = json!({ "Gsid": person.gsid, "Email": email(*to) });
                _ = store.ingest_record(&body, &Lookups::default()).await.unwrap();
            }
        }
        Step::Insert(company) => {
            let record = json!({ "Name": format!("c{company}") });
            _ = store.insert_objects("company", &[record], &[]).await.unwrap();
        }
        Step::Update(company, stage) => {
            let record = json!({ "Name": format!("c{company}"), "Stage": format!("s{stage}") });
            _ = store
                .update_objects("company", &["Name".to_owned()], &[record], &[])
                .await
                .unwrap();
        }
        Step::Delete(company) => {
            let condition = json!({ "name": "Name", "alias": "A", "value": [format!("c{company}")], "operator": "EQ" });
            let query =
                request(&json!({ "select": ["Gsid"], "where": { "conditions": [condition] } }));
            let rows = store
                .query_objects("company", &query, &MemorySnapshots::default().caller("key"))
                .await
                .unwrap()
                .expect("the query is valid");
            for row in rows {
                let gsid = Gsid::parse(json!(row)["Gsid"].as_str().unwrap()).unwrap();
                assert!(store.delete_record("company", &gsid).await.unwrap());
            }
        }
        Step::Schema(is_defined) => {
            let fields = if *is_defined {
                json!({ "Plan__gc": { "type": "STRING", "default": "gold" } })
            } else {
                json!({})
            };
            let wanted: SchemaFile =
                serde_json::from_value(json!({ "objects": { "person": { "fields": fields } } }))
                    .unwrap();
            for change in diff_schemas(&store.export_schema().await.unwrap(), &wanted) {
                store.apply_schema_change(&change).await.unwrap();
            }
        }
    }
}

/// Everything that a tenant can read, without ids and dates.
async fn read_all(test: &TestTenant) -> Json {
    let store = test.uncached_store();
    let mut people = Vec::new();
    for n in 0..3 {
        if let Some(person) =
            store.read_person_by_email(&Email::parse(&email(n)).unwrap()).await.unwrap()
        {
            let by_gsid =
                store.read_person_by_gsid(&Gsid::parse(&person.gsid).unwrap()).await.unwrap();
            assert_eq!(by_gsid.map(|found| found.gsid), Some(person.gsid.clone()));
            let mut rendered = redact_json_unnumbered(&store.render_person(&person).await.unwrap());
            let companies = rendered["companies"].as_array_mut().expect("companies are a list");
            companies.sort_by_key(|company| company["company_id"]["name"].to_string());
            people.push(rendered);
        }
    }
    let order =
        json!({ "select": ["Name", "Stage"], "orderBy": { "Name": "asc", "Stage": "asc" } });
    let companies = store
        .query_objects("company", &request(&order), &MemorySnapshots::default().caller("key"))
        .await
        .unwrap()
        .expect("the query is valid");
    let all = json!({ "select": ["Email"], "orderBy": { "Email": "asc" } });
    let listed = store
        .query_objects("person", &request(&all), &MemorySnapshots::default().caller("key"))
        .await
        .unwrap()
        .expect("the query is valid");
    json!({ "people": people, "companies": companies, "listed": listed, "schema": store.export_schema().await.unwrap() })
}

#[test]
fn what_one_tenant_does_another_never_sees() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 16, ..Config::default() });
    let steps = prop::collection::vec((any::<bool>(), step()), 4..24);
    let outcome = runner.run(&steps, |steps| {
        runtime.block_on(async {
            let (one, other, alone) =
                (TestTenant::new().await, TestTenant::new().await, TestTenant::new().await);
            for (first, step) in &steps {
                run_step(if *first { &one } else { &other }, step).await;
            }
            for (_, step) in steps.iter().filter(|(first, _)| !first) {
                run_step(&alone, step).await;
            }
            prop_assert_eq!(read_all(&other).await, read_all(&alone).await);
            Ok(())
        })
    });
    outcome.unwrap();
}
