//! `GET users/{identifyId}`: returns one user of Gainsight PX (contract: identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::limit;
use people_lambda::domain::px::PxObject;
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, Result, RouteAccess, Routes, StatusCode,
    parse_px_user_id,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/users/{identifyId}", get(get_user))
}

async fn get_user(caller: Caller, PathParam(id): PathParam) -> Result {
    let person = caller.store.read_person_by_id(&parse_px_user_id(&id)?).await?;
    let person = person.ok_or_else(|| ApiError::px_unknown(PxObject::User, &id))?;
    let metadata = caller.store.read_metadata().await?;
    ApiResponse::px_user(StatusCode::OK, &person, &metadata, &id)
}
