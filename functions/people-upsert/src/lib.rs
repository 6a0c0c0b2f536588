//! `PUT people`: upserts one person with its associations, all or nothing (contract:
//! upsert#atomic).

use axum::routing::put;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::lookup::Lookups;
use people_lambda::domain::response::single;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::Value as Json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

/// The route and its alias (contract: surface#aliases).
pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/peoplemgmt/v1.0/people", put(upsert_person))
        .route("/v1.0/api/people", put(upsert_person))
}

async fn upsert_person(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let record = parse_single_record(&body)?;
    let (metadata, lookups) = (caller.store.read_metadata().await?, Lookups::default());
    caller.report_ignored(IgnoredNames::of_person(record, &lookups, &metadata));
    let outcome = caller.store.ingest_record(record, &lookups).await?;
    Ok(match outcome {
        Ok(upserted) => {
            caller.record_field(
                "associations",
                upserted.person.companies.len() + upserted.person.relationships.len(),
            );
            caller.record_field("inserted", usize::from(upserted.inserted));
            ApiResponse::Success(single::render_success(&upserted.person.gsid))
        }
        Err(faults) => {
            caller.record_field("faults", faults.len());
            ApiResponse::Failure(single::render_failure(&faults))
        }
    })
}

/// Returns the record of a body that is one object or an array of one (contract:
/// upsert#array-of-one, upsert#unusable-single-bodies).
fn parse_single_record(body: &Json) -> Result<&Json> {
    match body {
        Json::Object(_) => Ok(body),
        Json::Array(list) => match list.as_slice() {
            [record] => Ok(record),
            list => Err(ApiError::bad_request(format!(
                "The body takes exactly one record, not {}",
                list.len()
            ))),
        },
        _ => Err(ApiError::bad_request("The body is not a record: send one JSON object")),
    }
}
