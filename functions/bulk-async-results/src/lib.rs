//! `GET external/bulk/ingestion/async/{jobId}/chunk/{n}/results`: what became of the rows of a
//! chunk, without an envelope (contract: jobs#chunk-results).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::{Jobs, Results};
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{Answer, Caller, PathPair, Refusal, Result, Routes};

/// The route, and what a chunk's URL becomes when it is joined to a bare host.
pub fn routes(jobs: Jobs) -> Routes {
    Router::new()
        .route(
            "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/{jobId}/chunk/{n}/results",
            get(results),
        )
        .route("/v1.0/external/bulk/ingestion/async/{jobId}/chunk/{n}/results", get(results))
        .route("/external/bulk/ingestion/async/{jobId}/chunk/{n}/results", get(results))
        .with_state(jobs)
}

async fn results(
    caller: Caller,
    State(jobs): State<Jobs>,
    PathPair(id, chunk): PathPair,
) -> Result {
    let (id, chunk) = JobId::parse(&id).zip(chunk.parse().ok()).ok_or(Refusal::NotFound)?;
    let job = caller.store.job(&id, &[JobKind::Bulk, JobKind::Upload]).await?;
    let job = job.ok_or(Refusal::NotFound)?;
    match job.state {
        JobState::Completed { chunks, .. } if (1..=chunks).contains(&chunk) => {}
        _ => return Err(Refusal::NotFound),
    }
    let results = jobs.results(&caller.store, &job, chunk).await?.ok_or(Refusal::NotFound)?;
    Ok(match results {
        Results::Document(document) => Answer::Document(document),
        Results::Elsewhere(url) => Answer::Elsewhere(url),
    })
}
