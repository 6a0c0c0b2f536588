//! `GET external/bulk/ingestion/async/status/{jobId}`: reports how far a job is, and resumes it if
//! it is stalled (contract: jobs#job-status).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use people_jobs::Jobs;
use people_lambda::jobs::{Job, JobId, JobKind, JobState};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::{Value as Json, json};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

/// The route, and the paths that a status URL gets when clients join it to a shorter base
/// (contract: surface#aliases).
pub fn routes(jobs: Jobs) -> Routes {
    Router::new()
        .route("/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status/{jobId}", get(get_status))
        .route("/v1.0/external/bulk/ingestion/async/status/{jobId}", get(get_status))
        .route("/external/bulk/ingestion/async/status/{jobId}", get(get_status))
        .with_state(jobs)
}

async fn get_status(caller: Caller, State(jobs): State<Jobs>, PathParam(id): PathParam) -> Result {
    let id = JobId::parse(&id).ok_or(ApiError::NotFound)?;
    let job = caller.store.read_job(&id, &[JobKind::Bulk, JobKind::Upload]).await?;
    let job = jobs.resume_if_stalled(&caller.store, job.ok_or(ApiError::NotFound)?).await?;
    Ok(build_response(&job.ok_or(ApiError::NotFound)?))
}

fn build_response(job: &Job) -> ApiResponse {
    let status = job.state.as_str();
    let JobState::Completed { chunks, counts, message, took_ms, .. } = &job.state else {
        return ApiResponse::Status(json!({ "statusType": status }), status.to_owned());
    };
    let url = |n| format!("/external/bulk/ingestion/async/{}/chunk/{n}/results", job.id);
    let details: Vec<_> = (1..=*chunks).map(|n| json!({ "chunkURL": url(n) })).collect();
    let response = json!({
        "status": "Completed",
        "successCount": counts.success,
        "failureCount": counts.failure,
        "totalRecords": counts.total(),
        "partialRecords": counts.partial,
        "objectName": "person",
        "timeTaken": to_seconds(*took_ms),
        "chunkDetails": details,
    });
    let message = message.clone().unwrap_or_else(|| status.to_owned());
    ApiResponse::Status(json!({ "statusType": status, "response": response }), message)
}

/// Seconds with thousandths. Whole seconds print a fraction too (contract: jobs#time-taken).
#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn to_seconds(millis: u64) -> Json {
    (millis as f64 / 1_000.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_always_print_a_fraction() {
        for (millis, text) in [(0, "0.0"), (2_000, "2.0"), (795, "0.795"), (61_001, "61.001")] {
            assert_eq!(to_seconds(millis).to_string(), text);
        }
    }
}
