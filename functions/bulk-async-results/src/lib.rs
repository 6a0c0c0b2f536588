//! `GET external/bulk/ingestion/async/{jobId}/chunk/{n}/results`: what became of the rows of a
//! chunk, without an envelope (contract: jobs#chunk-results).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::{ChunkResults, Jobs};
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{ApiError, ApiResponse, Caller, PathParamPair, Result, Routes};

/// The route, and what a chunk's URL becomes when it is joined to a bare host.
pub fn routes(jobs: Jobs) -> Routes {
    Router::new()
        .route(
            "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/{jobId}/chunk/{n}/results",
            get(get_results),
        )
        .route("/v1.0/external/bulk/ingestion/async/{jobId}/chunk/{n}/results", get(get_results))
        .route("/external/bulk/ingestion/async/{jobId}/chunk/{n}/results", get(get_results))
        .with_state(jobs)
}

async fn get_results(
    caller: Caller,
    State(jobs): State<Jobs>,
    PathParamPair(id, chunk): PathParamPair,
) -> Result {
    let (id, chunk) = JobId::parse(&id).zip(chunk.parse().ok()).ok_or(ApiError::NotFound)?;
    let job = caller.store.read_job(&id, &[JobKind::Bulk, JobKind::Upload]).await?;
    let job = job.ok_or(ApiError::NotFound)?;
    match job.state {
        JobState::Completed { chunks, .. } if (1..=chunks).contains(&chunk) => {}
        _ => return Err(ApiError::NotFound),
    }
    let results = jobs.read_results(&caller.store, &job, chunk).await?.ok_or(ApiError::NotFound)?;
    Ok(match results {
        ChunkResults::Document(document) => ApiResponse::Document(document),
        ChunkResults::DownloadUrl(url) => ApiResponse::TemporaryRedirect(url),
    })
}
