//! Measures lookups and updates by a field without an index over HTTP.

use std::time::Instant;

use futures::{StreamExt, stream};
use people_testkit::{Api, Reply, TestTenant};
use serde_json::{Value as Json, json};

const COMPANY: &str = "/v1/data/objects/company";
const BULK: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Creates companies `from` to `to`, each with its own ticker symbol.
async fn create_companies(test: &TestTenant, from: usize, to: usize, summary: &str) {
    let batch = |first: usize| {
        let record = |n: usize| json!({ "Name": format!("c{n}"), "TickerSymbol": format!("t{n}"), "Summary": summary });
        let records: Vec<_> = (first..first + 50).map(record).collect();
        async move {
            test.uncached_store().insert_objects("company", &records, &[]).await.unwrap().unwrap()
        }
    };
    stream::iter((from..to).step_by(50))
        .for_each_concurrent(4, |first| async move { _ = batch(first).await })
        .await;
}

/// Waits for a job and returns its response.
async fn wait_for_job(api: &Api, submitted: &Reply) -> Json {
    let status = format!("/{}", submitted.body["data"]["statusUrl"].as_str().unwrap());
    loop {
        let reply = api.get(&status).await;
        if reply.body["data"]["statusType"] == "COMPLETED" {
            return reply.body["data"]["response"].clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_index() {
    let test = TestTenant::new().await;
    let api = test.api();
    create_companies(&test, 0, 10_000, "").await;
    let update = |n: usize| json!({ "TickerSymbol": format!("t{}", n * 199), "Industry": "x" });
    let body = json!({ "records": (0..50).map(update).collect::<Vec<_>>() });
    let start = Instant::now();
    let reply = api.put(&format!("{COMPANY}?keys=TickerSymbol"), &body).await;
    println!(
        "50 updates against 10,000 companies: {} in {:.2} s",
        reply.status,
        start.elapsed().as_secs_f32()
    );
    assert_eq!(reply.body["data"]["count"], 50, "{}", reply.body);

    create_companies(&test, 10_000, 50_000, "").await;
    let row = |n: usize| json!({ "Email": format!("{n}@abc.com"), "companies": [{ "T": format!("t{}", n * 99) }] });
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "T": "TickerSymbol" } } } });
    let body = json!({ "lookups": lookups, "records": (0..500).map(row).collect::<Vec<_>>() });
    let start = Instant::now();
    let reply = api.post(BULK, &body).await;
    let response = wait_for_job(&api, &reply).await;
    println!(
        "500 rows with lookups of their own against 50,000 companies: {:.2} s",
        start.elapsed().as_secs_f32()
    );
    assert_eq!(response["successCount"], 500, "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_reads_too_much() {
    let test = TestTenant::new().await;
    let api = test.api();
    // 75 MB.
    create_companies(&test, 0, 1_000, &"€".repeat(25_000)).await;
    let record = json!({ "records": [{ "TickerSymbol": "t7", "Industry": "x" }] });
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "T": "TickerSymbol" } } } });
    let person = json!({ "Email": "a@abc.com", "companies": [{ "T": "t7" }], "lookups": lookups });
    for reply in [
        api.put(&format!("{COMPANY}?keys=TickerSymbol"), &record).await,
        api.upsert_person(&person).await,
    ] {
        let answer = (&reply.body["errorCode"], &reply.headers["retry-after"]);
        assert_eq!((reply.status.as_u16(), answer.0), (503, &json!("GSOBJ_VCRUDR1001")));
        assert_eq!(answer.1, "60");
        println!("{}", reply.body["errorDesc"]);
    }
    assert!(test.read_items().await.is_empty());
    let body = json!({ "records": [person, { "Email": "b@abc.com" }] });
    let reply = api.post(BULK, &body).await;
    let response = wait_for_job(&api, &reply).await;
    assert_eq!((&response["successCount"], &response["partialRecords"]), (&json!(1), &json!(1)));
}
