//! `POST external/bulk/ingestion/async/people/uploads`: where to put a payload that is too large
//! for a request (contract: jobs#upload-answer).

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use people_jobs::{Jobs, Offer};
use people_lambda::domain::values::print_datetime;
use people_lambda::{Answer, Caller, Result, Routes};
use serde_json::json;

/// The route.
pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads";
    Router::new().route(path, post(offer)).with_state(jobs)
}

async fn offer(caller: Caller, State(jobs): State<Jobs>) -> Result {
    let Offer { job, url, expires } = jobs.offer_upload(&caller.store).await?;
    caller.note("job", job.as_str());
    Ok(Answer::Success(json!({
        "jobId": job.as_str(),
        "statusUrl": format!("v1.0/external/bulk/ingestion/async/status/{job}"),
        "uploadUrl": url,
        "expiresAt": print_datetime(expires),
    })))
}
