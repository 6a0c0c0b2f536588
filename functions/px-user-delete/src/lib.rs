//! `DELETE users/{identifyId}`, `DELETE users/delete`: takes the identifyId from a person, who is erased if
//! no other system knows it (contract: identify).

use std::time::Duration;

use axum::routing::delete;
use people_lambda::domain::identity::ExternalId;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, parse_user_delete};
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PathParam, Result, RouteAccess, Routes,
    parse_px_user_id,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/users/delete", delete(delete_user_in_body))
        .route("/v1/users/{identifyId}", delete(delete_user_in_path))
}

async fn delete_user_in_body(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let id = parse_user_delete(&body, &metadata).map_err(ApiError::Px)?;
    delete_user(&caller, &id).await
}

async fn delete_user_in_path(caller: Caller, PathParam(id): PathParam) -> Result {
    delete_user(&caller, &parse_px_user_id(&id)?).await
}

async fn delete_user(caller: &Caller, id: &ExternalId) -> Result {
    if caller.store.release_id(id).await? {
        Ok(ApiResponse::NoContent)
    } else {
        Err(ApiError::px_unknown(PxObject::User, id.as_str()))
    }
}
