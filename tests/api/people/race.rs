//! 64 callers upsert one new email over HTTP, at most 40 at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use people_testkit::TestTenant;
use serde_json::json;
use tokio::sync::{Barrier, Semaphore};

const CALLERS: usize = 64;

#[tokio::test]
async fn one_person_one_gsid_nothing_lost() {
    let test = TestTenant::new().await;
    let mut companies = Vec::new();
    for n in 0..CALLERS {
        companies.push(test.create_company(&format!("Company {n}")).await);
    }
    let (barrier, waiting) = (Arc::new(Barrier::new(CALLERS)), Arc::new(Semaphore::new(40)));
    let callers = companies.into_iter().enumerate().map(|(n, company)| {
        let (api, barrier, waiting) = (test.api(), barrier.clone(), waiting.clone());
        tokio::spawn(async move {
            let body = json!({ "Email": "race@abc.com", "companies": [{ "Company_ID": company, "Title": n.to_string() }] });
            barrier.wait().await;
            let _permit = waiting.acquire().await.expect("open");
            api.upsert_person(&body).await.gsid()
        })
    });
    let mut gsids = BTreeSet::new();
    for caller in callers.collect::<Vec<_>>() {
        gsids.insert(caller.await.expect("no panic"));
    }
    assert_eq!(gsids.len(), 1);
    let person = test.api().get_person("race@abc.com").await.body["data"].clone();
    let titles: BTreeSet<_> =
        person["companies"].as_array().unwrap().iter().map(|c| c["title"].to_string()).collect();
    assert_eq!(titles.len(), CALLERS);
    assert_eq!(test.read_items().await.len(), 1);
}
