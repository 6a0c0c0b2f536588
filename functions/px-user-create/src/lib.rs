//! `POST users`: creates a user of Gainsight PX, whose id must be new (contract: identify).

use std::time::Duration;

use axum::routing::post;
use people_lambda::domain::identity::WriteMode;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, parse_new_user};
use people_lambda::{
    ApiError, ApiResponse, Caller, IdentityOutcome, JsonBody, Result, RouteAccess, Routes,
    StatusCode,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/users", post(create_user))
}

async fn create_user(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let new = parse_new_user(&body, &metadata).map_err(ApiError::Px)?;
    caller.report_ignored(new.ignored.clone());
    let (id, write) = (new.id.as_str(), new.to_identity_write(WriteMode::Create));
    match caller.store.write_identity(&write).await? {
        IdentityOutcome::Written { person, .. } => {
            ApiResponse::px_user(StatusCode::CREATED, &person, &metadata, id)
        }
        IdentityOutcome::Refused(refusal) => Err(ApiError::px_refusal(refusal, PxObject::User, id)),
    }
}
