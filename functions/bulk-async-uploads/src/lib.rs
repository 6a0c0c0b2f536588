//! `POST external/bulk/ingestion/async/people/uploads`: returns a URL for a payload that is too
//! large for a request (contract: jobs#upload-answer).

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use people_jobs::{Jobs, UploadTicket};
use people_lambda::domain::values::format_datetime;
use people_lambda::{ApiResponse, Caller, RateLimitClass, Result, RouteAccess, Routes};
use serde_json::json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Async));

pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads";
    Router::new().route(path, post(create_upload)).with_state(jobs)
}

async fn create_upload(caller: Caller, State(jobs): State<Jobs>) -> Result {
    let UploadTicket { job, url, expires } = jobs.create_upload(&caller.store).await?;
    caller.record_field("job", job.as_str());
    Ok(ApiResponse::Success(json!({
        "jobId": job.as_str(),
        "statusUrl": format!("v1.0/external/bulk/ingestion/async/status/{job}"),
        "uploadUrl": url,
        "expiresAt": format_datetime(expires),
    })))
}
