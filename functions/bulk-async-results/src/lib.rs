//! `GET external/bulk/ingestion/async/{jobId}/chunk/{n}/results`: returns the outcomes of a chunk's
//! rows, without an envelope (contract: jobs#chunk-results).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::{ChunkResults, Jobs};
use people_lambda::jobs::{JobId, JobKind, JobState};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParamPair, RateLimitClass, Result, RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

/// The route, and the paths that a chunk's URL gets when clients join it to a shorter base
/// (contract: surface#aliases).
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
    let ChunkResults { document, download_url } = results;
    Ok(match document {
        Some(document) => ApiResponse::Document { document, download_url },
        None => ApiResponse::TemporaryRedirect(download_url),
    })
}
