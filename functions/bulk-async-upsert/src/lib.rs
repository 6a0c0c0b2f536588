//! `POST external/bulk/ingestion/async/people`: accepts a payload, plain or gzip, and answers at
//! once (contract: jobs#a-post-gives-a-job). The job's status reports what is wrong with the
//! payload.

use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Router};
use people_jobs::Jobs;
use people_lambda::{
    ApiResponse, Caller, PayloadLimit, RateLimitClass, RawBody, Result, RouteAccess, Routes,
};
use serde_json::json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Async));

pub fn routes(jobs: Jobs) -> Routes {
    let limit = PayloadLimit(jobs.payload_bytes_max());
    Router::new()
        .route("/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people", post(submit_payload))
        .layer(Extension(limit))
        .with_state(jobs)
}

async fn submit_payload(
    caller: Caller,
    State(jobs): State<Jobs>,
    RawBody(payload): RawBody,
) -> Result {
    let job = jobs.submit_bulk(&caller.store, payload).await?;
    caller.record_field("job", job.as_str());
    let url = format!("v1.0/external/bulk/ingestion/async/status/{job}");
    Ok(ApiResponse::Success(json!({ "jobId": job.as_str(), "statusUrl": url })))
}
