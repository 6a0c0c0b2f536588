//! `POST data/objects/query/{object}`: returns the records of any object that match a query, people
//! and their associations too (contract: query).

use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use people_jobs::QuerySnapshots;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::limit;
use people_lambda::domain::query::QueryRequest;
use people_lambda::domain::response::objects;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PathParam, QueryCaller, QueryLimits, QueryRefusal,
    RateLimitClass, Result, RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

/// How long a call may take: a query may read all people.
pub const DEADLINE: Duration = Duration::from_secs(limit::QUERY_DEADLINE_SECONDS);

pub fn routes(snapshots: QuerySnapshots) -> Routes {
    axum::Router::new()
        .route("/v1/data/objects/query/{object}", post(query_objects))
        .with_state(snapshots)
}

async fn query_objects(
    caller: Caller,
    State(snapshots): State<QuerySnapshots>,
    PathParam(object): PathParam,
    JsonBody(body): JsonBody,
) -> Result {
    caller.report_ignored(IgnoredNames::of_query(&body));
    let request = QueryRequest::parse(&body).map_err(ApiError::bad_request)?;
    let query_caller = QueryCaller {
        access_key: caller.access_key_id(),
        bucket: &snapshots,
        limits: QueryLimits::default(),
    };
    match caller.store.query_objects(&object, &request, &query_caller).await? {
        Ok(records) => {
            caller.record_field("records", records.len());
            Ok(ApiResponse::Objects(objects::render_query_result(records)))
        }
        Err(refusal) => refusal_to_response(&object, refusal),
    }
}

fn refusal_to_response(object: &str, refusal: QueryRefusal) -> Result {
    match refusal {
        QueryRefusal::UnknownObject => Ok(ApiResponse::unknown_object(object)),
        QueryRefusal::Fault(fault) => Ok(ApiResponse::object_fault(fault)),
        QueryRefusal::LimitExceeded(text) => Err(ApiError::TooExpensive(text)),
    }
}
