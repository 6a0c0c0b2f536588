//! The cost of an upsert and of a GET (ADR 1).

use people_domain::limit::RateLimitClass;
use people_domain::lookup::Lookups;
use people_domain::response::bulk::RowStatus;
use people_storage::{RawRow, TenantStore};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// The vendor's sample person with a company and a relationship, by ids (contract:
/// upsert#companies).
fn sample(company: &str, relationship: &str) -> Json {
    json!({
        "FirstName": "John", "LastName": "Smith", "Email": "jsmith@abc.com",
        "companies": [{
            "Company_ID": company, "IsPrimaryCompany": "true", "role": "Power User",
            "relationships": [{ "Role": "Admin", "IsPrimaryCompany": "true", "Relationship_ID": relationship }],
        }],
    })
}

/// The store of a process with warm caches, in a call that was counted.
async fn uncached_metered_store(test: &TestTenant) -> TenantStore {
    let counted = test.cached_store().record_call(RateLimitClass::Sync).await.unwrap();
    test.cached_store().with_generation(counted.generation)
}

#[tokio::test]
async fn the_sample_person_is_one_call_and_one_write_unit() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia Pacific", &company).await;
    let sample = sample(&company, &relationship);
    // The first call of a process reads the company and the relationship.
    uncached_metered_store(&test)
        .await
        .ingest_record(&sample, &Lookups::default())
        .await
        .unwrap()
        .unwrap();

    let warm = uncached_metered_store(&test).await;
    let again = warm.ingest_record(&sample, &Lookups::default()).await.unwrap().unwrap();
    assert!(!again.inserted);
    assert_eq!((warm.usage().calls, warm.usage().units), (1, 1.0));

    let other = json!({ "Email": "new@abc.com", "companies": sample["companies"] });
    let warm = uncached_metered_store(&test).await;
    assert!(warm.ingest_record(&other, &Lookups::default()).await.unwrap().unwrap().inserted);
    assert_eq!((warm.usage().calls, warm.usage().units), (1, 1.0), "a new person costs no more");

    // A call that was not counted, like that of a chunk, reads the generation.
    let warm = test.cached_store();
    warm.ingest_record(&other, &Lookups::default()).await.unwrap().unwrap();
    assert_eq!((warm.usage().calls, warm.usage().units), (2, 2.0));
}

#[tokio::test]
async fn the_sample_item_is_at_most_700_bytes() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia Pacific", &company).await;
    test.uncached_store()
        .ingest_record(&sample(&company, &relationship), &Lookups::default())
        .await
        .unwrap()
        .unwrap();
    let [item] = test.read_items().await.try_into().expect("one item");
    let value = |value: &Json| match value {
        Json::String(text) => text.len(),
        _ => 1,
    };
    let bytes: usize = item.iter().map(|(name, stored)| name.len() + value(stored)).sum();
    assert!(bytes <= 700, "{bytes} bytes");
}

#[tokio::test]
async fn a_get_is_one_read_when_the_names_are_remembered() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia Pacific", &company).await;
    let written = uncached_metered_store(&test)
        .await
        .ingest_record(&sample(&company, &relationship), &Lookups::default())
        .await
        .unwrap()
        .unwrap();
    let gsid = people_domain::ids::gsid::Gsid::parse(&written.person.gsid).unwrap();
    let warm = uncached_metered_store(&test).await;
    let person = warm.read_person_by_gsid(&gsid).await.unwrap().expect("the person exists");
    let rendered = warm.render_person(&person).await.unwrap();
    assert_eq!(
        rendered["companies"][0]["relationships"][0]["relationship_id"]["name"],
        "Asia Pacific"
    );
    assert_eq!(warm.usage().calls, 1);
}

/// Also for people with several rows in one batch: only the state at its end matters.
#[tokio::test]
async fn a_batch_that_changes_nothing_writes_nothing() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let row = |n: usize| {
        json!({ "Email": format!("p{}@abc.com", n % 40), "Location": n.to_string(),
            "companies": [{ "Company_ID": company, "IsPrimaryCompany": "true" }] })
    };
    let mut raw: Vec<_> = (0..100).map(row).collect();
    // These rows don't merge: each is a write of its own.
    let own = json!({ "Email": "own@abc.com", "Location": "here" });
    let gsid = test.cached_store().ingest_record(&own, &Lookups::default()).await.unwrap().unwrap();
    let own = json!({ "Gsid": gsid.person.gsid, "Email": "own@abc.com", "Location": "here" });
    raw.extend([own.clone(), own]);
    let rows: Vec<_> = (1..).zip(&raw).map(RawRow::from).collect();
    let run = async || {
        test.cached_store().ingest_partial(&rows, &Lookups::default(), None).await.unwrap()
    };
    let first = run().await;
    let before = test.read_items().await;
    assert_eq!((first.len(), before.len()), (102, 41));
    let again = run().await;
    assert!(again.iter().all(|row| row.status == RowStatus::Success));
    assert_eq!(test.read_items().await, before, "not even a stamp differs");
}
