//! Jobs of one chunk don't wait for a job whose many chunks nobody applies.

use people_storage::jobs::JobState;
use serde_json::json;

use super::harness::*;

const ASYNC_PATH: &str = "/v1/peoplemgmt/v1.0/people/async";

/// Two chunks of one row each.
const LARGE: &str = r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_one_chunk_does_not_wait_for_the_chunks_of_another() {
    let faults = FaultPlan { chunk_rows: Some(1), ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[POST, ASYNC, SPLIT, APPLY, POST_STATUS], faults).await;
    harness.start_polling_some(|queue| queue != APPLY);
    let large = harness.submit(LARGE).await;
    let waiting = harness.peek_event(APPLY).await;
    let small = r#"{"records":[{"Email":"c@abc.com"}]}"#;
    let (status, answer) = harness.call(ASYNC, "PUT", ASYNC_PATH, small).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    // Too large to be scanned by the call that accepts it, so the splitter sends the chunk.
    let split = format!(r#"{{"records":[{{"Email":"d@abc.com"}}{}]}}"#, " ".repeat(1_100_000));
    for payload in [small, &split] {
        let id = harness.submit(payload).await;
        let path = format!("/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status/{id}");
        harness.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    }
    let status_id = answer["data"]["statusId"].as_str().unwrap();
    let job = harness.job(&people_storage::jobs::JobId::parse(status_id).unwrap()).await;
    assert!(matches!(job.state, JobState::Completed { .. }), "{job:?}");
    let state = harness.job(&large).await.state;
    assert!(matches!(state, JobState::Init { .. } | JobState::InProgress { .. }), "{state:?}");
    // The message group is the tenant, so that its thousand chunks don't delay another tenant's
    // one.
    let group = json!(harness.test.tenant.id);
    let event: serde_json::Value = serde_json::from_slice(&waiting).unwrap();
    assert_eq!(event["Records"][0]["attributes"]["MessageGroupId"], group);
    harness.stop().await;
}
