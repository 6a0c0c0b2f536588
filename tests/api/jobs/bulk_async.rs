//! `POST bulk/ingestion/async/people`, its status and the results of its chunks, as the article
//! prints them (contract: jobs#job-status, jobs#completed-job, jobs#nulls-in-results), and rules
//! that it does not print.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::poll::{BULK_ASYNC, read_chunk, wait_for_job};
use crate::bulk::bulk_tenant::*;
use crate::compressed_answers::send_accepting_gzip;
use crate::fixture_run::assert_answered;
use crate::responses::send_gzip;

fn expected_status(counts: [u64; 3], id: &Json, message: &str, took: &Json, chunks: usize) -> Json {
    let id = id.as_str().unwrap();
    let url = |n| format!("/external/bulk/ingestion/async/{id}/chunk/{n}/results");
    let details: Vec<_> = (1..=chunks).map(|n| json!({ "chunkURL": url(n) })).collect();
    let [success, failure, partial] = counts;
    json!({ "data": { "statusType": "COMPLETED", "response": {
        "status": "Completed", "successCount": success, "failureCount": failure,
        "totalRecords": success + failure + partial, "partialRecords": partial,
        "objectName": "person", "timeTaken": took, "chunkDetails": details,
    } }, "message": message })
}

/// The body without members that differ from call to call.
fn comparable_body(body: &Json) -> Json {
    json!({ "data": body["data"], "message": body["message"] })
}

#[tokio::test]
async fn people_that_are_known_are_updated() {
    assert_answered("bulk-async-upsert/people-known").await;
}

#[tokio::test]
async fn people_without_an_email_fail_with_their_associations() {
    assert_answered("bulk-async-upsert/email-missing").await;
}

/// A malformed payload completes as a job without rows, whose message says where the error is.
#[tokio::test]
async fn a_malformed_payload_writes_nothing_and_says_where() {
    let tenant = BulkTenant::new().await;
    let api = tenant.test.api();
    let deep = format!(
        r#"{{"records":[{{"Email":"a@abc.com","X":{}1{}}}]}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    for (payload, message) in [
        (r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com",}]}"#, "in row 2"),
        (r#"{"records":[{"Email":"a@abc.com"}]} x"#, "more after its end at byte 36"),
        (r#"{"records":{}}"#, "`records` is no list"),
        (r#"{"record":[]}"#, "no list `records`"),
        ("not json", "The payload is no object at byte 0"),
        (r#"{"records":[nul]}"#, "The payload is not JSON"),
        ("", "empty"),
        (r#"{"records":[{"Email":"a@abc.com"}],"lookups":[]}"#, "`lookups` is no object"),
        (r#"{"records":[],"records":[]}"#, "`records` is there twice"),
        (deep.as_str(), "nests deeper than 32 levels"),
    ] {
        let request = api.request(Method::POST, BULK_ASYNC).body(payload.to_owned());
        let submitted = api.send(request).await;
        let done = wait_for_job(&api, &submitted).await;
        let reported = done.body["message"].as_str().unwrap().to_owned();
        assert!(reported.contains(message), "{payload}: {reported}");
        let took = done.body["data"]["response"]["timeTaken"].clone();
        assert_eq!(
            comparable_body(&done.body),
            expected_status([0, 0, 0], &submitted.body["data"]["jobId"], &reported, &took, 0)
        );
    }
    assert!(tenant.test.read_items().await.is_empty());
}

#[tokio::test]
async fn no_records_and_a_record_that_is_none() {
    let tenant = BulkTenant::new().await;
    let api = tenant.test.api();
    let submitted = api.post(BULK_ASYNC, &json!({ "records": [] })).await;
    let done = wait_for_job(&api, &submitted).await;
    assert_eq!(
        (&done.body["message"], &done.body["data"]["response"]["totalRecords"]),
        (&json!("COMPLETED"), &json!(0))
    );
    assert_eq!(done.body["data"]["response"]["chunkDetails"], json!([]));

    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    let body = json!({ "lookups": lookups, "records": [7, { "Email": "a@abc.com", "companies": [{ "N": "Broadcom" }] }] });
    let done = wait_for_job(&api, &api.post(BULK_ASYNC, &body).await).await;
    let document = read_chunk(&api, &done, 1).await;
    assert_eq!((&document["successCount"], &document["failureCount"]), (&json!(1), &json!(1)));
    let error = json!({ "fieldName": null, "values": null,
        "errors": [{ "message": "Row Info cannot be null", "code": "GSOBJ_VCRUDR1001" }] });
    assert_eq!(document["records"][0]["error"]["details"], json!([error]));
    let defaults =
        json!({ "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" });
    assert_eq!(document["records"][0]["record"], defaults);
    let row = document["records"][1].as_object().unwrap();
    assert!(row.contains_key("operationType") && !row.contains_key("error"));
}

/// A function's response is limited in size, as it leaves; larger results are served by a redirect.
#[tokio::test]
async fn results_that_are_no_answer_lie_elsewhere() {
    let tenant = BulkTenant::new().await;
    let api = tenant.test.api();
    // Each quote is four bytes in Lambda's response.
    let text = "\"".repeat(2_000_000);
    let rows = [json!({ "Email": "a@abc.com", "Comments": text }), json!({ "Email": "b@abc.com" })];
    let records = json!({ "records": rows });
    let submitted = send_gzip(&api, Method::POST, BULK_ASYNC, &records).await;
    let done = wait_for_job(&api, &submitted).await;
    let urls = done.body["data"]["response"]["chunkDetails"].as_array().unwrap();
    assert_eq!(urls.len(), 2, "a row of this size is a chunk of its own");
    let path = urls[0]["chunkURL"].as_str().unwrap();
    let moved = api.get(path).await;
    assert_eq!(moved.status.as_u16(), 307, "{}", moved.body);
    let url = moved.headers["location"].to_str().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let document: Json = client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(document["failureCount"], 1);
    assert_eq!(document["records"][0]["record"]["Comments"], text);
    let (reply, _) = send_accepting_gzip(api.request(Method::GET, path)).await;
    assert_eq!((reply.status.as_u16(), reply.body), (200, document));
    assert_eq!(read_chunk(&api, &done, 2).await["successCount"], 1);
}
