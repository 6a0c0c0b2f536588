//! `GET`, `PUT user/preferences/{identifyId}`: reads and changes the preferences of a user of Gainsight
//! PX (contract: identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::identity::{IdentityWrite, WriteMode};
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, PxRow, parse_preferences, render_preferences};
use people_lambda::{
    ApiError, ApiResponse, Caller, IdentityOutcome, JsonBody, PathParam, Result, RouteAccess,
    Routes, StatusCode, parse_px_user_id,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    let path = "/v1/user/preferences/{identifyId}";
    Routes::new().route(path, get(get_preferences).put(update_preferences))
}

async fn get_preferences(caller: Caller, PathParam(id): PathParam) -> Result {
    let unknown = || ApiError::px_unknown(PxObject::User, &id);
    let person =
        caller.store.read_person_by_id(&parse_px_user_id(&id)?).await?.ok_or_else(unknown)?;
    let metadata = caller.store.read_metadata().await?;
    let user = PxRow::of_user(&person, &metadata).ok_or_else(unknown)?;
    Ok(ApiResponse::Bare(StatusCode::OK, render_preferences(&user)))
}

async fn update_preferences(
    caller: Caller,
    PathParam(id): PathParam,
    JsonBody(body): JsonBody,
) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let change = parse_preferences(&body, &metadata).map_err(ApiError::Px)?;
    caller.report_ignored(change.ignored);
    let write = IdentityWrite {
        id: parse_px_user_id(&id)?,
        email: None,
        mode: WriteMode::Update,
        merges: false,
        assignments: change.assignments,
    };
    match caller.store.write_identity(&write).await? {
        IdentityOutcome::Written { .. } => Ok(ApiResponse::NoContent),
        IdentityOutcome::Refused(refusal) => {
            Err(ApiError::px_refusal(refusal, PxObject::User, &id))
        }
    }
}
