//! `GET people/delete/status/{deleteRequestId}`: how far a delete is (contract:
//! delete#delete-answer).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::Jobs;
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{Answer, Caller, PathParams, Refusal, Result, Routes};
use serde_json::json;

/// The route.
pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/people/delete/status/{deleteRequestId}";
    Router::new().route(path, get(status)).with_state(jobs)
}

async fn status(caller: Caller, State(jobs): State<Jobs>, PathParams(id): PathParams) -> Result {
    let id = JobId::parse(&id).ok_or(Refusal::NotFound)?;
    let job = caller.store.job(&id, &[JobKind::Delete]).await?.ok_or(Refusal::NotFound)?;
    let job = jobs.attended(&caller.store, job).await?.ok_or(Refusal::NotFound)?;
    let count = match &job.state {
        JobState::Completed { counts, .. } => counts.erased,
        JobState::InProgress { .. } => caller.store.sum_chunks(&job).await?.erased,
        JobState::Init { .. } | JobState::Awaited { .. } => 0,
    };
    let status = job.state.as_str();
    Ok(Answer::Success(json!({ "deleteRequestId": id.as_str(), "status": status, "count": count })))
}
