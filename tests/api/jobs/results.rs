//! Results of jobs exist as long as the bucket keeps them.

use people_testkit::TestTenant;
use serde_json::json;

use super::poll::{ASYNC, BULK_ASYNC, wait_for_job, wait_until_completed};

/// Results that the bucket has deleted are not found, like those of an unknown job.
#[tokio::test]
async fn results_that_are_removed_are_not_found() {
    let test = TestTenant::new().await;
    let api = test.api();
    let body = json!({ "records": [{ "Email": "a@abc.com" }] });
    let posted = api.post(BULK_ASYNC, &body).await;
    let id = posted.body["data"]["jobId"].as_str().unwrap().to_owned();
    wait_for_job(&api, &posted).await;
    let put = api.put(ASYNC, &body).await;
    let status = put.body["data"]["statusId"].as_str().unwrap().to_owned();
    let status_path = format!("{ASYNC}/status/{status}");
    wait_until_completed(&api, &status_path, "/data/status").await;
    let bucket = test.stack.s3_client();
    for id in [&id, &status] {
        let key = format!("result/{}/{id}/1", test.tenant.id);
        bucket.delete_object().bucket(&test.stack.bucket).key(key).send().await.unwrap();
    }
    let chunk = format!("/external/bulk/ingestion/async/{id}/chunk/1/results");
    for path in [chunk, status_path] {
        assert_eq!(api.get(&path).await.status.as_u16(), 404, "{path}");
    }
}
