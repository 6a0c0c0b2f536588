//! `GET people/delete/status/{deleteRequestId}`: reports how far a delete is, and resumes it if it
//! is stalled (contract: delete#delete-answer, delete#count-in-progress).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::Jobs;
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/people/delete/status/{deleteRequestId}";
    Router::new().route(path, get(get_status)).with_state(jobs)
}

async fn get_status(caller: Caller, State(jobs): State<Jobs>, PathParam(id): PathParam) -> Result {
    let id = JobId::parse(&id).ok_or(ApiError::NotFound)?;
    let job = caller.store.read_job(&id, &[JobKind::Delete]).await?.ok_or(ApiError::NotFound)?;
    let job = jobs.resume_if_stalled(&caller.store, job).await?.ok_or(ApiError::NotFound)?;
    let count = match &job.state {
        JobState::Completed { counts, .. } => counts.erased,
        JobState::InProgress { .. } => caller.store.sum_chunks(&job).await?.erased,
        JobState::Init { .. } | JobState::Awaited { .. } => 0,
    };
    let status = job.state.as_str();
    Ok(ApiResponse::Success(
        json!({ "deleteRequestId": id.as_str(), "status": status, "count": count }),
    ))
}
