//! `DELETE people`: accepts up to 5,000 GSIDs of people to erase as a job, and answers at once
//! (contract: delete#delete-body).

use std::collections::HashSet;

use axum::Router;
use axum::extract::State;
use axum::routing::delete;
use people_jobs::Jobs;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::domain::limit;
use people_lambda::jobs::JobId;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::{Value as Json, json};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Delete));

pub fn routes(jobs: Jobs) -> Routes {
    Router::new().route("/v1/peoplemgmt/v1.0/people", delete(submit_delete)).with_state(jobs)
}

async fn submit_delete(
    caller: Caller,
    State(jobs): State<Jobs>,
    JsonBody(body): JsonBody,
) -> Result {
    let gsids = parse_gsids(&body)?;
    caller.record_field("ids", gsids.len());
    let id = JobId::parse(caller.request_id())
        .ok_or_else(|| ApiError::Unexpected("the request's id is no job id".to_owned()))?;
    jobs.submit_delete(&caller.store, id.clone(), &gsids).await?;
    Ok(ApiResponse::Success(
        json!({ "deleteRequestId": id.as_str(), "status": "INIT", "count": 0 }),
    ))
}

/// Parses the GSIDs of a call, each once. An item without a GSID's form names nobody and is left
/// out (contract: delete#repeated-and-ill-formed-ids).
fn parse_gsids(body: &Json) -> Result<Vec<Gsid>> {
    let wrong_shape = || ApiError::bad_request("The body takes a list of GSIDs: [\"…\"]");
    let list = body.as_array().ok_or_else(wrong_shape)?;
    if list.is_empty() || list.len() > limit::DELETE_IDS_MAX {
        let (max, count) = (limit::DELETE_IDS_MAX, list.len());
        return Err(ApiError::bad_request(format!("A call takes 1 to {max} GSIDs, not {count}")));
    }
    let texts = list.iter().map(|item| item.as_str().ok_or_else(wrong_shape));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    let mut seen = HashSet::new();
    let gsids = texts.into_iter().filter_map(Gsid::parse);
    Ok(gsids.filter(|gsid| seen.insert(gsid.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_once_and_nonsense_not_at_all() {
        let id = |n: usize| format!("1P04QNK6ENCURXXDZWKNCUGVYYCE5MH{n:05}");
        let body = json!([id(1), "nobody", id(2), id(1), ""]);
        let found = parse_gsids(&body).unwrap();
        assert_eq!(found.iter().map(Gsid::as_str).collect::<Vec<_>>(), [id(1), id(2)]);
        assert_eq!(parse_gsids(&json!(["nobody"])).unwrap(), []);
        let most: Json = (0..limit::DELETE_IDS_MAX).map(id).collect();
        assert_eq!(parse_gsids(&most).unwrap().len(), limit::DELETE_IDS_MAX);
        let more: Json = (0..=limit::DELETE_IDS_MAX).map(id).collect();
        for body in [json!([]), json!({}), json!(id(1)), json!([id(1), 1]), json!([null]), more] {
            assert!(matches!(parse_gsids(&body), Err(ApiError::BadRequest(_))));
        }
    }
}
