//! The delete, rename or move of a company or relationship is visible to every call that begins
//! after its response, whatever the call's process has cached (contract: upsert#deleted-companies,
//! upsert#changes-are-seen-at-once).

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::lookup::Lookups;
use people_storage::RawRow;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::process::Process;
use super::proxy::{Proxy, Throttle};
use super::throttled_chunks;

/// Two processes that have both cached a company and its relationship, and a person that has them.
struct CachedProcesses {
    test: TestTenant,
    here: Process,
    there: Process,
    company: String,
    relationship: String,
    person: String,
}

impl CachedProcesses {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let [here, there] = Process::new_pair(&test);
        let company = test.create_company("abc, Inc.").await;
        let relationship = test.create_relationship("Asia", &company).await;
        let person = person_with_both("a@abc.com", &company, &relationship);
        let mut gsids = Vec::new();
        for process in [&here, &there] {
            gsids.push(process.upserted(&person).await);
            process.companies(&gsids[0]).await;
        }
        let person = gsids.remove(0);
        Self { test, here, there, company, relationship, person }
    }
}

fn person_with_both(email: &str, company: &str, relationship: &str) -> Json {
    let relationships = json!([{ "Relationship_ID": relationship }]);
    json!({ "Email": email, "companies": [{ "Company_ID": company, "relationships": relationships }] })
}

fn person_with_relationship(email: &str, relationship: &str) -> Json {
    json!({ "Email": email, "relationships": [{ "Relationship_ID": relationship }] })
}

fn person_with_company(email: &str, company: &str) -> Json {
    json!({ "Email": email, "companies": [{ "Company_ID": company }] })
}

async fn assert_unknown(process: &Process, person: &Json) {
    let (status, body) = process.upsert(person).await;
    assert_eq!(status, 400, "{body}");
    let codes = body["data"]["errors"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|error| &error["errorCode"]).collect();
    assert!(codes.contains(&&json!("GSOBJ_PEOPLE1001")), "{body}");
}

/// The only store calls are the rate limit's count and the write of the person.
#[tokio::test]
async fn a_warm_upsert_asks_the_store_twice() {
    let test = TestTenant::new().await;
    let proxy = Proxy::new(Throttle::Nothing);
    let process = Process::new(&Arc::clone(&proxy).start().await, &test.key);
    let company = test.create_company("abc, Inc.").await;
    let person = person_with_company("a@abc.com", &company);
    let mut calls = Vec::new();
    for _ in 0..4 {
        let before = proxy.calls();
        process.upserted(&person).await;
        calls.push(proxy.calls() - before);
    }
    // The minute may end once between two calls; then the rate limit's item is called twice.
    assert_eq!(calls.into_iter().min(), Some(2));
}

fn company_key(test: &TestTenant, company: &str) -> HashMap<String, AttributeValue> {
    let key = [("pk", format!("{}#O#company", test.tenant.id)), ("sk", company.to_owned())];
    key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
}

fn company_names(companies: &[Json]) -> Vec<&Json> {
    companies.iter().map(|company| &company["company_id"]["name"]).collect()
}

#[tokio::test]
async fn a_deleted_company_is_gone_at_once() {
    let CachedProcesses { here, there, company, relationship, person, .. } =
        CachedProcesses::new().await;
    assert_eq!(here.delete("company", &company).await.0, 200);
    for process in [&there, &here] {
        assert_unknown(process, &person_with_company("b@abc.com", &company)).await;
        assert_unknown(process, &person_with_both("c@abc.com", &company, &relationship)).await;
        assert_eq!(process.companies(&person).await, [Json::Null; 0]);
        let orphan = json!({ "Name": "Europe", "Company_ID": company });
        assert_eq!(process.insert("relationship", orphan).await.0, 400);
    }
}

#[tokio::test]
async fn a_deleted_relationship_is_gone_at_once() {
    let CachedProcesses { here, there, company, relationship, person, .. } =
        CachedProcesses::new().await;
    assert_eq!(here.delete("relationship", &relationship).await.0, 200);
    for process in [&there, &here] {
        assert_unknown(process, &person_with_both("b@abc.com", &company, &relationship)).await;
        assert_unknown(process, &person_with_relationship("c@abc.com", &relationship)).await;
        assert_eq!(process.companies(&person).await[0]["relationships"], json!([]));
    }
}

/// An earlier delete may have died after it deleted the record and before it notified other
/// processes.
#[tokio::test]
async fn an_answer_that_a_company_is_not_there_holds_for_all() {
    let CachedProcesses { test, here, there, company, .. } = CachedProcesses::new().await;
    let delete = test.stack.client().delete_item().table_name(&test.stack.table);
    delete.set_key(Some(company_key(&test, &company))).send().await.unwrap();
    let (_, body) = here.delete("company", &company).await;
    assert_eq!(body["errorCode"], "GSOBJ_1011");
    assert_unknown(&there, &person_with_company("b@abc.com", &company)).await;
}

#[tokio::test]
async fn a_relationship_that_moved_is_with_its_new_company_at_once() {
    let CachedProcesses { test, here, there, relationship, .. } = CachedProcesses::new().await;
    let other = test.create_company("other").await;
    here.update("relationship", "Gsid", json!({ "Gsid": relationship, "Company_ID": other })).await;
    let person = there.upserted(&person_with_relationship("b@abc.com", &relationship)).await;
    let [fresh, _] = Process::new_pair(&test);
    for process in [&there, &here, &fresh] {
        let companies = process.companies(&person).await;
        assert_eq!(company_names(&companies), ["other"]);
        assert_eq!(companies[0]["relationships"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_changed_name_is_shown_at_once() {
    let CachedProcesses { test, here, there, company, relationship, person } =
        CachedProcesses::new().await;
    here.update("company", "Gsid", json!({ "Gsid": company, "Name": "xyz" })).await;
    assert_eq!(company_names(&there.companies(&person).await), ["xyz"]);
    let kind = test.create_relationship("some id", &company).await;
    here.update(
        "relationship",
        "Company_ID,Name",
        json!({ "Company_ID": company, "Name": "Asia", "Relationship_Type_ID": kind }),
    )
    .await;
    here.update("relationship", "Gsid", json!({ "Gsid": relationship, "Name": "Japan" })).await;
    let shown = &there.companies(&person).await[0]["relationships"][0];
    assert_eq!(shown["relationship_id"]["name"], "Japan");
    assert_eq!(shown["relationship_type_id"], json!(kind));
}

/// The first attempt may have died after it wrote the name and before it notified other processes.
#[tokio::test]
async fn a_rename_that_is_tried_again_is_shown_at_once() {
    let CachedProcesses { test, here, there, company, person, .. } = CachedProcesses::new().await;
    let write = test.stack.client().update_item().table_name(&test.stack.table);
    let write =
        write.set_key(Some(company_key(&test, &company))).update_expression("SET nm = :name");
    let write = write.expression_attribute_values(":name", AttributeValue::S("xyz".to_owned()));
    write.send().await.unwrap();
    here.update("company", "Gsid", json!({ "Gsid": company, "Name": "xyz" })).await;
    assert_eq!(company_names(&there.companies(&person).await), ["xyz"]);
}

/// A key ignores blanks around a name, so an update by name can change them.
#[tokio::test]
async fn a_name_that_is_spelled_otherwise_by_its_key_is_shown_at_once() {
    let CachedProcesses { here, there, person, .. } = CachedProcesses::new().await;
    here.update("company", "Name", json!({ "Name": " abc, Inc. " })).await;
    assert_eq!(company_names(&there.companies(&person).await), [" abc, Inc. "]);
}

#[tokio::test]
async fn a_chunk_sees_what_is_there_when_it_begins() {
    let CachedProcesses { test, here, company, .. } = CachedProcesses::new().await;
    let worker = test.stack.store();
    let rows = [person_with_company("b@abc.com", &company)];
    let run = throttled_chunks::begin_run(&test).await;
    let before = throttled_chunks::apply_rows(&worker, &test, &run, &rows).await.unwrap();
    assert_eq!(before[0]["operationStatus"], "SUCCESS", "{before:?}");
    here.delete("company", &company).await;
    let rows = [person_with_company("c@abc.com", &company)];
    let run = throttled_chunks::begin_run(&test).await;
    let after = throttled_chunks::apply_rows(&worker, &test, &run, &rows).await.unwrap();
    assert_eq!(after[0]["operationStatus"], "PARTIAL_SUCCESS", "{after:?}");
    let rows = [RawRow::from((1, &rows[0]))];
    let run = throttled_chunks::begin_run(&test).await;
    let worker = worker.for_tenant(test.tenant.clone());
    let ended = worker.ingest_atomic(&rows, &Lookups::default(), Some(&run)).await.unwrap();
    assert!(ended[0].is_err());
}
