//! `GET external/bulk/ingestion/async/jobs`: lists the jobs of the tenant, newest first (contract:
//! jobs#job-list). It resumes none of them.

use axum::routing::get;
use people_lambda::domain::limit::{LISTED_JOBS_DEFAULT, LISTED_JOBS_MAX};
use people_lambda::domain::values::format_datetime;
use people_lambda::jobs::{Job, JobId, JobListQuery, JobPage, JobState, JobStatus};
use people_lambda::{
    ApiError, ApiResponse, Caller, QueryParams, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::{Value as Json, json};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/jobs";
    Routes::new().route(path, get(list_jobs))
}

async fn list_jobs(caller: Caller, params: QueryParams) -> Result {
    let query = parse_query(&params)?;
    let JobPage { jobs, cursor } = caller.store.list_jobs(&query).await?;
    let jobs: Vec<_> = jobs.iter().map(render_job).collect();
    let cursor = cursor.as_ref().map(JobId::as_str);
    Ok(ApiResponse::Success(json!({ "jobs": jobs, "cursor": cursor })))
}

/// Parses the parameters; an empty one counts as not sent (contract: jobs#job-list-parameters).
fn parse_query(params: &QueryParams) -> Result<JobListQuery> {
    let sent = |name: &str| params.get(name).map(str::trim).filter(|text| !text.is_empty());
    Ok(JobListQuery {
        state: sent("state").map(parse_state).transpose()?,
        limit: sent("limit").map_or(Ok(LISTED_JOBS_DEFAULT), parse_limit)?,
        cursor: sent("cursor").map(parse_cursor).transpose()?,
    })
}

fn parse_state(text: &str) -> Result<JobStatus> {
    let states = JobStatus::ALL.map(JobStatus::as_str).join(", ");
    JobStatus::parse(text)
        .ok_or_else(|| ApiError::bad_request(format!("The parameter `state` is one of {states}")))
}

fn parse_limit(text: &str) -> Result<usize> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit =
        text.parse().ok().filter(|limit| is_number && (1..=LISTED_JOBS_MAX).contains(limit));
    limit.ok_or_else(|| {
        ApiError::bad_request(format!(
            "The parameter `limit` is a number from 1 to {LISTED_JOBS_MAX}"
        ))
    })
}

fn parse_cursor(text: &str) -> Result<JobId> {
    JobId::parse(text).ok_or_else(|| {
        ApiError::bad_request("The parameter `cursor` is the `cursor` of an earlier answer")
    })
}

/// Renders a job; what is known only at its end is null before (contract: jobs#listed-values).
fn render_job(job: &Job) -> Json {
    let (completed, counts, message) = match &job.state {
        JobState::Completed { completed, counts, message, .. } => {
            (Some(*completed), Some(counts.to_rows(job.kind)), message.as_deref())
        }
        _ => (None, None, None),
    };
    json!({
        "jobId": job.id.as_str(),
        "kind": job.kind.as_str(),
        "statusType": job.state.as_str(),
        "accepted": format_datetime(job.accepted.millis()),
        "completed": completed.map(format_datetime),
        "totalRecords": counts.map(|counts| counts.total()),
        "successCount": counts.map(|counts| counts.success),
        "failureCount": counts.map(|counts| counts.failure),
        "partialRecords": counts.map(|counts| counts.partial),
        "message": message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_to_100() {
        for (text, limit) in [("1", 1), ("100", 100), ("007", 7)] {
            assert_eq!(parse_limit(text).unwrap(), limit);
        }
        let huge = "9".repeat(40);
        for text in ["0", "101", "-1", "+5", "5.0", "1e1", "ten", "٣", &huge] {
            assert!(matches!(parse_limit(text), Err(ApiError::BadRequest(_))), "{text}");
        }
    }
}
