//! Peak memory of functions under the largest accepted bodies, each in its own process.

use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use people_domain::limit;
use people_domain::lookup::Lookups;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_storage::jobs::JobState;
use people_testkit::new_upload_submission;
use serde_json::{Value as Json, json};

use crate::crash::client::Body;
use crate::crash::harness::*;

const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";
const BULK: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people";

/// Functions that read a JSON body, each with one of its routes.
const READERS: [(&str, &str, &str); 7] = [
    ("people-upsert", "PUT", PEOPLE),
    ("bulk-upsert", "PUT", BULK),
    ("people-async-upsert", "PUT", "/v1/peoplemgmt/v1.0/people/async"),
    ("people-delete", "DELETE", PEOPLE),
    ("objects-write", "POST", "/v1/data/objects/company"),
    ("objects-query", "POST", "/v1/data/objects/query/company"),
    ("metadata", "POST", "/v1/meta/services/objects/describe"),
];

fn compress_gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Encodes a gzip body like API Gateway does.
fn gzip_body(text: &str) -> Body {
    Body::Gzip(STANDARD.encode(compress_gzip(text)))
}

/// As many values as a body of 6 MB can hold: far more than the limit.
fn too_many_values() -> String {
    let lists = limit::BODY_BYTES_MAX / 4 - 20;
    format!(r#"{{"records":[{}[0]]}}"#, "[0],".repeat(lists))
}

/// As many values as the limit allows; each list needs more memory than its two bytes.
fn most_values() -> String {
    let lists = limit::BODY_VALUES_MAX / 2 - 20;
    format!(r#"{{"records":[{{"Email":"a@abc.com","Comments":[{}[0]]}}]}}"#, "[0],".repeat(lists))
}

/// One text of 6 MB.
fn longest_text() -> String {
    let text = "x".repeat(limit::BODY_BYTES_MAX - 100);
    format!(r#"{{"records":[{{"Email":"a@abc.com","Comments":"{text}"}}]}}"#)
}

/// As many associations as a synchronous call may have.
fn most_associations() -> String {
    let companies = limit::BATCH_ASSOCIATIONS_MAX / limit::BATCH_RECORDS_MAX;
    let record = |n: usize| {
        let company = |m: usize| json!({ "Name": format!("{n}.{m}"), "Title": "x".repeat(150) });
        json!({ "Email": format!("{n}@abc.com"), "companies": (0..companies).map(company).collect::<Vec<_>>() })
    };
    let fields = json!({ "companies": { "Company_ID": { "fields": { "Name": "Name" } } } });
    json!({ "lookups": fields, "records": (0..limit::BATCH_RECORDS_MAX).map(record).collect::<Vec<_>>() })
        .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_functions_that_read_a_body() {
    let faults = FaultPlan { timeout: Duration::from_secs(30), ..FaultPlan::default() };
    let functions = READERS.map(|(function, ..)| function);
    let harness = JobHarness::new(&functions, faults).await;
    let peak =
        |function: &str| harness.pools[function].peak_memory().unwrap_or_default() / 1024 / 1024;
    let measure_call = async |function: &str, method: &str, path: &str, what: &str, body: &Body| {
        let before = peak(function);
        let answer = harness.call_with(function, method, path, body).await;
        let status = answer.map_or_else(|error| error, |(status, _)| status.to_string());
        println!("{function}: {what}: {status}, {before} -> {} MB", peak(function));
        status
    };
    for (function, method, path) in READERS {
        measure_call(function, method, path, "a small body", &Body::Text("{}".to_owned())).await;
        let plain = Body::Text(too_many_values().replacen("[0],", "", 1_000));
        for (what, body) in
            [("1.5 million values", plain), ("the same, gzip", gzip_body(&too_many_values()))]
        {
            let before = peak(function);
            assert_eq!(measure_call(function, method, path, what, &body).await, "400");
            assert!(peak(function) - before < 64, "{function}: {what}");
        }
        measure_call(function, method, path, "300,000 values", &gzip_body(&most_values())).await;
        measure_call(function, method, path, "a text of 6 MB", &gzip_body(&longest_text())).await;
        measure_call(
            function,
            method,
            path,
            "7,500 associations",
            &gzip_body(&most_associations()),
        )
        .await;
        assert!(peak(function) < 256, "the memory limit of {function}");
    }
    harness.stop().await;
}

/// 500 rows of people of 300 KB, with as many associations as a person may have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_worker_with_a_chunk_of_large_people() {
    let faults = FaultPlan { timeout: Duration::from_secs(120), ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY], faults).await;
    let store = harness.test.uncached_store();
    let mut companies = Vec::new();
    for batch in 0..18 {
        let record = |n: usize| json!({ "Name": format!("c{batch}.{n}") });
        let records: Vec<_> = (0..50).map(record).collect();
        let made = store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
        companies.extend(made.into_iter().map(|made| made.gsid));
    }
    let company =
        |gsid: &String| json!({ "Company_ID": gsid, "Title": "x".repeat(210), "Active": true });
    let held: Vec<_> = companies.iter().map(company).collect();
    let mut rows = Vec::new();
    for some in (0..500).collect::<Vec<_>>().chunks(8) {
        let upsert = |n: &i32| {
            let email = format!("{n}@abc.com");
            let body = json!({ "Email": email, "companies": held });
            let store = harness.test.uncached_store();
            async move {
                let made = store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
                json!({ "Gsid": made.person.gsid, "Email": email, "Location": "x" })
            }
        };
        rows.extend(futures::future::join_all(some.iter().map(upsert)).await);
    }
    let items = harness.test.read_items().await;
    let size =
        items[0].iter().map(|(name, value)| name.len() + value.to_string().len()).sum::<usize>();
    harness.start_polling();
    for (what, left_out) in
        [("changed", Some("Gsid")), ("unchanged", Some("Gsid")), ("by GSID and email", None)]
    {
        let mut sent = rows.clone();
        for row in sent.iter_mut().filter_map(Json::as_object_mut) {
            left_out.map(|name| row.remove(name));
        }
        let id = harness.submit(&json!({ "records": sent }).to_string()).await;
        let job = harness.wait_until_completed(&id).await;
        let JobState::Completed { counts, .. } = job.state else { panic!() };
        let peak = harness.pools[APPLY].peak_memory().unwrap() / 1024 / 1024;
        println!(
            "apply-chunk: 500 rows of people of {} KB, {what}: {counts:?}, {peak} MB",
            size / 1024
        );
        assert_eq!(counts.success, 500);
        assert!(peak < 700, "of 1,024 MB");
    }
    harness.stop().await;
}

/// Associations that are echoed with 180 KB of defaults each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_answers_with_large_defaults() {
    let faults = FaultPlan { timeout: Duration::from_secs(120), ..FaultPlan::default() };
    let mut harness =
        JobHarness::new(&[POST, SPLIT, APPLY, "bulk-upsert", "people-get"], faults).await;
    let texts = (0..120).map(|n| (n, "STRING", 250));
    let fields = texts.chain((120..125).map(|n| (n, "RICHTEXTAREA", 30_000)));
    let fields: serde_json::Map<_, _> = fields
        .map(|(n, kind, length)| {
            (format!("F{n}__gc"), json!({ "type": kind, "default": "x".repeat(length) }))
        })
        .collect();
    let schema: SchemaFile =
        serde_json::from_value(json!({ "objects": { "company_person": { "fields": fields } } }))
            .unwrap();
    let store = harness.test.uncached_store();
    for change in diff_schemas(&store.export_schema().await.unwrap(), &schema) {
        store.apply_schema_change(&change).await.unwrap();
    }
    let mut companies = Vec::new();
    for batch in 0..3 {
        let record = |n: usize| json!({ "Name": format!("c{batch}.{n}") });
        let records: Vec<_> = (0..50).map(record).collect();
        let made = store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
        companies.extend(made.into_iter().map(|made| json!({ "Company_ID": made.gsid })));
    }
    harness.start_polling();
    let row = |n: usize, held: usize| json!({ "Email": format!("{n}@abc.com"), "companies": companies[..held] });
    let batch = json!({ "records": (0..50).map(|n| row(n, 150)).collect::<Vec<_>>() }).to_string();
    let (status, body) = harness.call("bulk-upsert", "PUT", BULK, &batch).await.unwrap();
    let peak = harness.pools["bulk-upsert"].peak_memory().unwrap() / 1024 / 1024;
    println!("bulk-upsert: 50 rows of 150 companies: {status}, {peak} MB");
    assert_eq!((status, &body["data"]["successCount"]), (200, &json!(50)));
    let (status, body) = harness
        .call(
            "people-get",
            "GET",
            &format!("{PEOPLE}/{}", body["data"]["records"][0]["record"]["Gsid"].as_str().unwrap()),
            "",
        )
        .await
        .unwrap();
    let peak = harness.pools["people-get"].peak_memory().unwrap() / 1024 / 1024;
    println!("people-get: 150 companies: {status} {}, {peak} MB", body["errorDesc"]);
    let rows: Vec<_> = (100..600).map(|n| row(n, 4)).collect();
    let id = harness.submit(&json!({ "records": rows }).to_string()).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = job.state else { panic!() };
    let peak = harness.pools[APPLY].peak_memory().unwrap() / 1024 / 1024;
    println!("apply-chunk: 500 rows of 4 companies: {counts:?}, {peak} MB");
    assert_eq!(counts.success, 500);
    harness.stop().await;
}

/// Payloads of as many rows as fit, and of as many as the limit allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_splitter() {
    let faults = FaultPlan { timeout: Duration::from_secs(300), ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[ACCEPT, SPLIT], faults).await;
    harness.start_polling();
    let rows = |row: &str| {
        let count = (limit::PAYLOAD_BYTES_MAX as usize - 100) / (row.len() + 1);
        let payload = format!(r#"{{"records":[{}{row}]}}"#, format!("{row},").repeat(count - 1));
        (count, payload)
    };
    for row in [r#"{"Email":"a"}"#, r#"{"Gsid":1}"#, "{}", "1"] {
        let (count, payload) = rows(row);
        let made = new_upload_submission(i64::MAX / 2);
        harness.test.uncached_store().create_job(&made).await.unwrap();
        let key = format!("upload/{}/{}", harness.test.tenant.id, made.id);
        let answer = harness.object(reqwest::Method::PUT, &key, payload.as_bytes()).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let event = harness.upload_event(&key, &header("etag"), Some(header("x-amz-version-id")));
        harness.send(ACCEPT, &event).await;
        let state = loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let job = harness.job(&made.id).await;
            match job.state {
                JobState::Init { chunks: None } | JobState::Awaited { .. } => {}
                // The peak is known once the invocation has ended and its message is deleted.
                state if harness.count_messages_of(SPLIT).await == 0 => break state,
                _ => {}
            }
        };
        let peak = harness.pools[SPLIT].peak_memory().unwrap() / 1024 / 1024;
        let state: Json = format!("{state:?}").chars().take(120).collect::<String>().into();
        println!("split-payload: {count} rows {row}: {state}, {peak} MB");
    }
    harness.stop().await;
}
