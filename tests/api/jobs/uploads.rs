//! Payloads that are uploaded: plain, gzip, twice, never (contract: jobs#upload,
//! jobs#first-upload-counts, jobs#refused-uploads).

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use flate2::{Compression, write::GzEncoder};
use people_testkit::{Api, Reply, TestTenant};
use serde_json::{Value as Json, json};

use super::poll::{BULK_ASYNC, read_chunk, wait_for_job};

pub(crate) async fn create_upload(api: &Api) -> Reply {
    api.post(&format!("{BULK_ASYNC}/uploads"), &Json::Null).await
}

pub(crate) async fn put_file(offer: &Reply, bytes: Vec<u8>) {
    let url = offer.body["data"]["uploadUrl"].as_str().expect("an uploadUrl");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.put(url).body(bytes).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// A payload of several chunks, with one person in several of them.
fn build_payload(rows: usize) -> Vec<u8> {
    let row = |n: usize| match n % 100 {
        0 => json!({ "Email": "Same@abc.com", "Location": n.to_string() }),
        1 => json!({ "Email": "nobody" }),
        _ => json!({ "Email": format!("u{n}@abc.com"), "Comments": "x".repeat(300) }),
    };
    json!({ "records": (1..=rows).map(row).collect::<Vec<_>>() }).to_string().into_bytes()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn check_results(api: &Api, done: &Reply, rows: usize) {
    let response = &done.body["data"]["response"];
    let failed = rows / 100;
    assert_eq!(
        (&response["totalRecords"], &response["failureCount"]),
        (&json!(rows), &json!(failed)),
        "{response}"
    );
    let chunks = response["chunkDetails"].as_array().unwrap().len();
    assert!(chunks > 1, "several chunks");
    let mut seen = Vec::new();
    for n in 1..=chunks {
        let document = read_chunk(api, done, n).await;
        let rows = document["records"].as_array().unwrap().clone();
        assert_eq!(document["totalCount"], rows.len());
        seen.extend(rows.iter().map(|row| row["rowNumber"].as_u64().unwrap()));
    }
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(1..=rows as u64), "each row in one chunk");
    let last = (rows / 100 * 100).to_string();
    assert_eq!(
        api.get_person("same@abc.com").await.body["data"]["location"],
        last,
        "the last row wins"
    );
}

#[tokio::test]
async fn a_plain_upload_starts_its_job_once() {
    let test = TestTenant::new().await;
    let api = test.api();
    let offer = create_upload(&api).await;
    assert!(offer.body["data"]["expiresAt"].as_str().unwrap().starts_with("20"), "{}", offer.body);
    // About 2 MB.
    put_file(&offer, build_payload(6_000)).await;
    let done = wait_for_job(&api, &offer).await;
    check_results(&api, &done, 6_000).await;
    // A later upload changes nothing.
    put_file(&offer, build_payload(100)).await;
    assert_eq!(wait_for_job(&api, &offer).await.body["data"], done.body["data"]);
}

#[tokio::test]
async fn of_two_uploads_the_first_counts_however_fast_the_second_comes() {
    let test = TestTenant::new().await;
    let api = test.api();
    let numbered_rows = |rows: usize| {
        let row = |n| json!({ "Email": format!("f{n}@abc.com") });
        json!({ "records": (0..rows).map(row).collect::<Vec<_>>() }).to_string().into_bytes()
    };
    let jobs = futures::future::join_all((0..8).map(|_| async {
        let offer = create_upload(&api).await;
        put_file(&offer, numbered_rows(2)).await;
        put_file(&offer, numbered_rows(3)).await;
        wait_for_job(&api, &offer).await
    }));
    for done in jobs.await {
        assert_eq!(done.body["data"]["response"]["totalRecords"], 2, "{}", done.body);
    }
}

#[tokio::test]
async fn a_gzip_upload_and_a_gzip_post_are_the_same() {
    let test = TestTenant::new().await;
    let api = test.api();
    let offer = create_upload(&api).await;
    put_file(&offer, gzip(&build_payload(1_100))).await;
    check_results(&api, &wait_for_job(&api, &offer).await, 1_100).await;
    let request = api.request(reqwest::Method::POST, BULK_ASYNC);
    let request = request.header("Content-Encoding", "gzip").body(gzip(&build_payload(1_300)));
    let posted = api.send(request).await;
    check_results(&api, &wait_for_job(&api, &posted).await, 1_300).await;
}

#[tokio::test]
async fn an_upload_that_is_none_says_so() {
    let test = TestTenant::new().await;
    let api = test.api();
    for (bytes, message) in [
        (b"{\"records\":[".to_vec(), "The payload is not JSON: it ends too early"),
        (b"\x1f\x8bnonsense".to_vec(), "no valid gzip"),
        (gzip(b"{}"), "no list `records`"),
        (gzip(&vec![b' '; 81 * 1024 * 1024]), "larger than 80 MB"),
    ] {
        let offer = create_upload(&api).await;
        put_file(&offer, bytes).await;
        let done = wait_for_job(&api, &offer).await;
        assert!(
            done.body["message"].as_str().unwrap().contains(message),
            "{}",
            done.body["message"]
        );
        assert_eq!(done.body["data"]["response"]["totalRecords"], 0);
    }
}

#[tokio::test]
async fn an_upload_that_never_comes_ends_its_job() {
    let test = TestTenant::new().await;
    let api = test.api();
    let offer = create_upload(&api).await;
    let status = format!("/{}", offer.body["data"]["statusUrl"].as_str().unwrap());
    assert_eq!(api.get(&status).await.body["data"], json!({ "statusType": "INIT" }));
    // Simulates that two hours have passed.
    let id = offer.body["data"]["jobId"].as_str().unwrap();
    let text = |text: String| AttributeValue::S(text);
    let call = test.stack.client().update_item().table_name(&test.stack.table);
    let call = call
        .key("pk", text(format!("{}#J#{id}", test.tenant.id)))
        .key("sk", text("job".to_owned()));
    let call = call.update_expression("SET expires = expires - :hours");
    let call = call.expression_attribute_values(":hours", AttributeValue::N("7200000".to_owned()));
    call.condition_expression("attribute_exists(expires)").send().await.unwrap();
    let done = wait_for_job(&api, &offer).await;
    let response = &done.body["data"]["response"];
    assert_eq!((&response["totalRecords"], &response["chunkDetails"]), (&json!(0), &json!([])));
    assert_eq!(done.body["message"], "Nothing was uploaded before the upload URL expired");
    // An upload that is too late changes nothing.
    put_file(&offer, build_payload(10)).await;
    assert_eq!(wait_for_job(&api, &offer).await.body["data"], done.body["data"]);
}

/// Waits for the next second of the clock: a bucket reports times of objects in seconds.
async fn next_second() {
    let second = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = second();
    while second() == now {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An upload creates a person again that was erased after the upload URL was created and before the
/// upload.
#[tokio::test]
async fn an_upload_counts_as_accepted_when_it_was_put() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = api.upsert_person(&json!({ "Email": "p0@abc.com" })).await.gsid();
    let offer = create_upload(&api).await;
    test.erase_person(&gsid).await;
    next_second().await;
    put_file(&offer, json!({ "records": [{ "Email": "p0@abc.com" }] }).to_string().into_bytes())
        .await;
    let done = wait_for_job(&api, &offer).await;
    assert_eq!(done.body["data"]["response"]["successCount"], 1, "{}", done.body);
    assert_ne!(api.get_person("p0@abc.com").await.body["data"]["gsid"], gsid);
}
