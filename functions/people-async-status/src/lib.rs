//! `GET people/async/status/{statusId}`: how far a call is, and what became of its records
//! (contract: async#async-status).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::{Jobs, Results};
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{Answer, Caller, PathParams, Refusal, Result, Routes};
use serde_json::{Value as Json, json};

/// The route.
pub fn routes(jobs: Jobs) -> Routes {
    let path = "/v1/peoplemgmt/v1.0/people/async/status/{statusId}";
    Router::new().route(path, get(status)).with_state(jobs)
}

async fn status(caller: Caller, State(jobs): State<Jobs>, PathParams(id): PathParams) -> Result {
    let id = JobId::parse(&id).ok_or(Refusal::NotFound)?;
    let job = caller.store.job(&id, &[JobKind::Async]).await?.ok_or(Refusal::NotFound)?;
    let job = jobs.attended(&caller.store, job).await?.ok_or(Refusal::NotFound)?;
    let word = job.state.as_str();
    if !matches!(job.state, JobState::Completed { .. }) {
        return Ok(Answer::Success(json!({ "status": word })));
    }
    // The one chunk of such a job.
    let results = jobs.results(&caller.store, &job, 1).await?.ok_or(Refusal::NotFound)?;
    Ok(Answer::Success(json!({ "response": response(results)?, "status": word })))
}

fn response(results: Results) -> Result<Json> {
    let unexpected = |text: &str| Refusal::Unexpected(text.to_owned());
    match results {
        Results::Document(bytes) => {
            serde_json::from_slice(&bytes).map_err(|_| unexpected("results that can't be read"))
        }
        Results::Elsewhere(_) => Err(unexpected("results of 50 records that are too large")),
    }
}
