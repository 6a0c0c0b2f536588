//! A server that is killed while a job runs: the next one on its data completes it, and each row
//! counts once.

use serde_json::{Value as Json, json};

use crate::server::{RunningServer, is_completed, poll_job};

const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Rows of the job: several chunks, of which some are left when the first results are there.
const ROWS: usize = 4_000;

/// Each eighth row is invalid.
fn build_payload() -> Json {
    let row = |n: usize| match n % 8 {
        0 => json!({ "Email": format!("nobody {n}") }),
        _ => json!({ "Email": format!("u{n}@abc.com"), "FirstName": "Ann" }),
    };
    json!({ "records": (0..ROWS).map(row).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_job_goes_on_after_a_kill_and_its_counts_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = RunningServer::start_with_data(folder.path());
    let posted = server.api().post(BULK_ASYNC, &build_payload()).await;
    let status_url = posted.body["data"]["statusUrl"].as_str().unwrap().to_owned();
    let job = posted.body["data"]["jobId"].as_str().unwrap().to_owned();
    // Killed as soon as it is accepted, then while its chunks are applied.
    for email in [None, Some("u501@abc.com"), Some("u1001@abc.com")] {
        if let Some(email) = email {
            let path = format!("v1/peoplemgmt/v1.0/people?Email={email}");
            poll_job(&server.api(), &path, |reply| reply.status.as_u16() == 200).await;
        }
        let status = server.api().get(&format!("/{status_url}")).await;
        assert!(!is_completed(&status), "it was killed too late: {}", status.body);
        server.end("-KILL").await;
        server = RunningServer::start_with_data(folder.path());
    }
    let api = server.api();
    let done = poll_job(&api, &status_url, is_completed).await;
    let response = &done.body["data"]["response"];
    let failures = ROWS / 8;
    let counts = ["totalRecords", "successCount", "failureCount"].map(|name| &response[name]);
    assert_eq!(counts, [&json!(ROWS), &json!(ROWS - failures), &json!(failures)]);
    // Each row has one result.
    let mut rows = Vec::new();
    for detail in response["chunkDetails"].as_array().unwrap() {
        let path = detail["chunkURL"].as_str().unwrap();
        assert!(path.contains(&job));
        let results = api.get(path).await;
        rows.extend(
            results.body["records"].as_array().unwrap().iter().map(|row| {
                (row["rowNumber"].as_u64().unwrap(), row["operationStatus"] == "SUCCESS")
            }),
        );
    }
    rows.sort_unstable();
    let expected = (0..ROWS).map(|n| (n as u64 + 1, n % 8 != 0));
    assert_eq!(rows, expected.collect::<Vec<_>>());
}

/// The end of a server cuts its chunks off, within its second; nothing is said of them.
#[tokio::test]
async fn a_job_goes_on_after_an_end_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = RunningServer::start_with_data(folder.path());
    let posted = server.api().post(BULK_ASYNC, &build_payload()).await;
    let status_url = posted.body["data"]["statusUrl"].as_str().unwrap().to_owned();
    let path = "v1/peoplemgmt/v1.0/people?Email=u501@abc.com";
    poll_job(&server.api(), path, |reply| reply.status.as_u16() == 200).await;
    server.end("-TERM").await;
    let server = RunningServer::start_with_data(folder.path());
    let done = poll_job(&server.api(), &status_url, is_completed).await;
    assert_eq!(done.body["data"]["response"]["successCount"], ROWS - ROWS / 8);
}

#[tokio::test]
async fn an_upload_that_arrived_before_a_kill_is_processed() {
    let folder = tempfile::tempdir().unwrap();
    let server = RunningServer::start_with_data(folder.path());
    let upload = server.api().post(&format!("{BULK_ASYNC}/uploads"), &json!({})).await;
    let url = upload.body["data"]["uploadUrl"].as_str().unwrap();
    let put = reqwest::Client::new().put(url).body(build_payload().to_string());
    assert_eq!(put.send().await.unwrap().status().as_u16(), 200);
    server.end("-KILL").await;
    let server = RunningServer::start_with_data(folder.path());
    let status_url = upload.body["data"]["statusUrl"].as_str().unwrap();
    let done = poll_job(&server.api(), status_url, is_completed).await;
    assert_eq!(done.body["data"]["response"]["totalRecords"], ROWS);
}
