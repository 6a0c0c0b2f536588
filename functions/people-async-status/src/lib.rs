//! `GET people/async/status/{statusId}`: reports how far a call is, with the outcomes of its
//! records once it is completed, and resumes it if it is stalled (contract: async#async-status).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::{ChunkResults, Jobs};
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{ApiError, ApiResponse, Caller, PathParam, RateLimitClass, Result, Routes};
use serde_json::{Value as Json, json};

/// The calls of this function count towards these limits.
pub const RATE_LIMIT_CLASS: Option<RateLimitClass> = Some(RateLimitClass::Sync);

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
    // A job of people/async is one chunk.
    let results = jobs.read_results(&caller.store, &job, 1).await?.ok_or(ApiError::NotFound)?;
    Ok(ApiResponse::Success(json!({ "response": parse_results(results)?, "status": status })))
}

fn parse_results(results: ChunkResults) -> Result<Json> {
    let unexpected = |text: &str| ApiError::Unexpected(text.to_owned());
    match results {
        ChunkResults::Document(bytes) => serde_json::from_slice(&bytes)
            .map_err(|_| unexpected("the results of the job are not JSON")),
        ChunkResults::DownloadUrl(_) => {
            Err(unexpected("the results of 50 records are too large for an answer"))
        }
    }
}
