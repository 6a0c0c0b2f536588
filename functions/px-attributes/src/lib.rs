//! `GET admin/model/{object}/attributes`: lists the attributes of users or accounts of Gainsight PX
//! (contract: identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, list_attributes};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, Result, RouteAccess, Routes, StatusCode,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/admin/model/{object}/attributes", get(get_attributes))
}

async fn get_attributes(caller: Caller, PathParam(name): PathParam) -> Result {
    let object = PxObject::ALL.into_iter().find(|object| object.as_str() == name);
    let object = object.ok_or(ApiError::NotFound)?;
    let metadata = caller.store.read_metadata().await?;
    Ok(ApiResponse::Bare(StatusCode::OK, list_attributes(object, &metadata)))
}
