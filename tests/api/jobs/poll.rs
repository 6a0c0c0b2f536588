//! Polls jobs like clients do.

use std::time::Duration;

use people_testkit::{Api, Reply};
use serde_json::Value as Json;

/// Longer than any job of these tests takes on a busy computer.
const DEADLINE: Duration = Duration::from_secs(90);

pub(crate) const ASYNC: &str = "/v1/peoplemgmt/v1.0/people/async";
pub(crate) const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Polls until the value at `pointer` is COMPLETED.
pub(crate) async fn wait_until_completed(api: &Api, path: &str, pointer: &str) -> Reply {
    let poll = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        loop {
            ticks.tick().await;
            let reply = api.get(path).await;
            assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
            match reply.body.pointer(pointer).and_then(Json::as_str) {
                Some("COMPLETED") => return reply,
                Some("INIT" | "INPROGRESS") => {}
                _ => panic!("{}", reply.body),
            }
        }
    };
    tokio::time::timeout(DEADLINE, poll).await.expect("the job completes in time")
}

/// Submits a people/async call and returns its completed status.
pub(crate) async fn run_async_job(api: &Api, body: &Json) -> Reply {
    let reply = api.put(ASYNC, body).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    let id = reply.body["data"]["statusId"].as_str().expect("a statusId");
    wait_until_completed(api, &format!("{ASYNC}/status/{id}"), "/data/status").await
}

/// Waits for a bulk async job and returns its status; the statusUrl is joined to a bare host.
pub(crate) async fn wait_for_job(api: &Api, submitted: &Reply) -> Reply {
    assert_eq!(submitted.status.as_u16(), 200, "{}", submitted.body);
    let url = submitted.body["data"]["statusUrl"].as_str().expect("a statusUrl");
    wait_until_completed(api, &format!("/{url}"), "/data/statusType").await
}

/// Returns the results of a completed job's chunk; the chunkURL is joined to a bare host.
pub(crate) async fn read_chunk(api: &Api, status: &Reply, number: usize) -> Json {
    let details = &status.body["data"]["response"]["chunkDetails"];
    let url = details[number - 1]["chunkURL"].as_str().expect("a chunkURL");
    let reply = api.get(url).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    reply.body
}
