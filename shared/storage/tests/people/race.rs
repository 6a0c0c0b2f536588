//! Concurrent writers of one person: the fields of all writers are kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::json;
use tokio::sync::Barrier;

const WRITERS: usize = 64;

/// Text fields of Person, so that each writer has one of its own.
const FIELDS: [&str; 8] = [
    "FirstName",
    "MiddleName",
    "LastName",
    "Location",
    "Timezone",
    "Comments",
    "DynamicResolutionKey",
    "MasterRecordID",
];

#[tokio::test]
async fn many_writers_of_a_new_email_make_one_person_and_lose_nothing() {
    let test = TestTenant::new().await;
    let mut companies = Vec::new();
    for n in 0..WRITERS {
        companies.push(test.create_company(&format!("Company {n}")).await);
    }
    let barrier = Arc::new(Barrier::new(WRITERS));
    let writers = companies.iter().cloned().enumerate().map(|(n, company)| {
        let (test, barrier) = (test.clone(), barrier.clone());
        tokio::spawn(async move {
            let field = FIELDS[n % FIELDS.len()];
            let body = json!({ "Email": "race@abc.com", field: field,
                "companies": [{ "Company_ID": company, "Title": format!("title {n}") }] });
            barrier.wait().await;
            test.cached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap()
        })
    });
    let mut written = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        written.push(writer.await.unwrap());
    }
    assert_eq!(written.iter().filter(|upserted| upserted.inserted).count(), 1);
    let gsids: BTreeSet<_> = written.iter().map(|upserted| upserted.person.gsid.clone()).collect();
    assert_eq!(gsids.len(), 1);

    let email = people_domain::ids::email::Email::parse("race@abc.com").unwrap();
    let store = test.uncached_store();
    let person = store.read_person_by_email(&email).await.unwrap().expect("the person exists");
    let rendered = store.render_person(&person).await.unwrap();
    for field in FIELDS {
        assert_eq!(rendered[field.to_lowercase()], field);
    }
    let titles: BTreeSet<_> = rendered["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["title"].clone().to_string())
        .collect();
    assert_eq!(titles.len(), WRITERS);
}

#[tokio::test]
async fn writers_beyond_one_expression_lose_nothing_to_others() {
    let test = TestTenant::new().await;
    let mut companies = Vec::new();
    for chunk in 0..6 {
        let records: Vec<_> =
            (0..50).map(|n| json!({ "Name": format!("Company {chunk} {n}") })).collect();
        let made =
            test.uncached_store().insert_objects("company", &records, &[]).await.unwrap().unwrap();
        companies.extend(made.into_iter().map(|made| made.gsid));
    }
    let large: Vec<_> =
        companies.iter().map(|id| json!({ "Company_ID": id, "Title": "large" })).collect();
    let large = json!({ "Email": "large@abc.com", "companies": large });
    let barrier = Arc::new(Barrier::new(5));
    let large_writer = tokio::spawn({
        let (test, barrier) = (test.clone(), barrier.clone());
        async move {
            barrier.wait().await;
            test.cached_store().ingest_record(&large, &Lookups::default()).await.unwrap().unwrap()
        }
    });
    let small_writers = FIELDS.iter().take(4).map(|field| {
        let (test, barrier) = (test.clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            for n in 0..5 {
                let body = json!({ "Email": "large@abc.com", *field: format!("{n}") });
                test.cached_store()
                    .ingest_record(&body, &Lookups::default())
                    .await
                    .unwrap()
                    .unwrap();
            }
        })
    });
    for writer in small_writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let gsid = large_writer.await.unwrap().person.gsid.clone();
    let email = people_domain::ids::email::Email::parse("large@abc.com").unwrap();
    let person = test
        .uncached_store()
        .read_person_by_email(&email)
        .await
        .unwrap()
        .expect("the person exists");
    assert_eq!((person.gsid.as_str(), person.companies.len()), (gsid.as_str(), 300));
    let rendered = test.uncached_store().render_person(&person).await.unwrap();
    for field in FIELDS.iter().take(4) {
        assert_eq!(rendered[field.to_lowercase()], "4", "{field}");
    }
}
