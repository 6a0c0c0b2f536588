//! `GET users`: lists users of Gainsight PX by pages, filtered and sorted (contract:
//! identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::limit;
use people_lambda::domain::px::{ListQuery, ListRequest, PxObject};
use people_lambda::{
    ApiError, ApiResponse, Caller, FormParams, QueryLimits, Result, RouteAccess, Routes, StatusCode,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::QUERY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/users", get(list_users))
}

async fn list_users(caller: Caller, params: FormParams) -> Result {
    let ids = caller.store.ids();
    let request = ListRequest::parse(PxObject::User, params.iter(), ids).map_err(ApiError::Px)?;
    let metadata = caller.store.read_metadata().await?;
    let query = ListQuery::from_request(&request, &metadata).map_err(ApiError::Px)?;
    let page = caller.store.list_px(&query, QueryLimits::default()).await?;
    caller.record_field("rows", page.rows.len());
    Ok(ApiResponse::Bare(StatusCode::OK, page.to_json(&request, ids)))
}
