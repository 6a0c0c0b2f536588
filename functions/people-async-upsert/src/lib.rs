//! `PUT people/async`: accepts up to 50 records as a job and answers at once (contract:
//! async#status-id).

use axum::Router;
use axum::extract::State;
use axum::routing::put;
use people_jobs::Jobs;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::lookup;
use people_lambda::{
    ApiResponse, Caller, JsonBody, PeopleBatch, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::{Value as Json, json};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Async));

pub fn routes(jobs: Jobs) -> Routes {
    Router::new().route("/v1/peoplemgmt/v1.0/people/async", put(submit_records)).with_state(jobs)
}

async fn submit_records(
    caller: Caller,
    State(jobs): State<Jobs>,
    JsonBody(body): JsonBody,
) -> Result {
    let body = wrap_record_list(body);
    let people = PeopleBatch::parse(&body)?;
    let (rows, metadata) = (people.records.len(), caller.store.read_metadata().await?);
    caller.report_ignored(IgnoredNames::of_people(&body, &people.lookups, &metadata));
    let payload = build_payload(&body).to_string();
    let job = jobs.submit_async(&caller.store, payload.into(), rows).await?;
    caller.record_field("job", job.as_str());
    caller.record_field("rows", rows);
    Ok(ApiResponse::Success(json!({ "statusId": job.as_str() })))
}

/// A body that is only the list of records is a batch too (contract: async#array-as-the-batch).
fn wrap_record_list(body: Json) -> Json {
    if body.is_array() { json!({ "records": body }) } else { body }
}

/// The batch under the names that the job reads.
fn build_payload(body: &Json) -> Json {
    let get = |name| body.as_object().and_then(|body| lookup::get_member(body, name));
    json!({ "records": get("records"), "lookups": get("lookups") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_in_an_object_or_alone() {
        let record = json!({ "Email": "a@abc.com" });
        let lookups = json!({ "person": {} });
        for (body, lookups) in [
            (json!([record]), Json::Null),
            (json!({ "Records": [record], "lookups": null }), Json::Null),
            (json!({ "records": [record], "Lookups": lookups }), lookups.clone()),
        ] {
            let body = wrap_record_list(body);
            assert_eq!(PeopleBatch::parse(&body).unwrap().records.len(), 1);
            assert_eq!(build_payload(&body), json!({ "records": [record], "lookups": lookups }));
        }
    }
}
