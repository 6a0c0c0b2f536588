//! `GET people/async/status/{statusId}`: reports how far a call is, with the outcomes of its
//! records once it is completed, and resumes it if it is stalled (contract: async#async-status).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::Jobs;
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::{Value as Json, json};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/people/async/status/{statusId}";
    Router::new().route(path, get(get_status)).with_state(jobs)
}

async fn get_status(caller: Caller, State(jobs): State<Jobs>, PathParam(id): PathParam) -> Result {
    let id = JobId::parse(&id).ok_or(ApiError::NotFound)?;
    let job = caller.store.read_job(&id, &[JobKind::Async]).await?.ok_or(ApiError::NotFound)?;
    let job = jobs.resume_if_stalled(&caller.store, job).await?.ok_or(ApiError::NotFound)?;
    let status = job.state.as_str();
    if !matches!(job.state, JobState::Completed { .. }) {
        return Ok(ApiResponse::Success(json!({ "status": status })));
    }
    // A job of people/async is one chunk, whose results fit an answer.
    let results =
        jobs.read_result_bytes(&caller.store, &job, 1).await?.ok_or(ApiError::NotFound)?;
    let response: Json = serde_json::from_slice(&results)
        .map_err(|_| ApiError::Unexpected("the results of the job are not JSON".to_owned()))?;
    Ok(ApiResponse::Success(json!({ "response": response, "status": status })))
}
