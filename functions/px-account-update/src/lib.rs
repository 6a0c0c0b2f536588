//! `PUT accounts/{accountId}`, `PUT accounts/update`: changes one account of Gainsight PX, named by the
//! path or by the body (contract: identify).

use std::time::Duration;

use axum::routing::put;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, parse_account_update};
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PathParam, PxAccountOutcome, Result, RouteAccess,
    Routes,
};
use serde_json::Value as Json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/accounts/update", put(update_account_in_body))
        .route("/v1/accounts/{accountId}", put(update_account_in_path))
}

async fn update_account_in_body(caller: Caller, JsonBody(body): JsonBody) -> Result {
    update_account(&caller, &body, None).await
}

async fn update_account_in_path(
    caller: Caller,
    PathParam(id): PathParam,
    JsonBody(body): JsonBody,
) -> Result {
    update_account(&caller, &body, Some(&id)).await
}

async fn update_account(caller: &Caller, body: &Json, path_id: Option<&str>) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let change = parse_account_update(body, path_id, &metadata).map_err(ApiError::Px)?;
    caller.report_ignored(change.ignored.clone());
    match caller.store.write_px_account(&change).await? {
        PxAccountOutcome::Written { .. } => Ok(ApiResponse::NoContent),
        PxAccountOutcome::Refused(refusal) => {
            Err(ApiError::px_refusal(refusal, PxObject::Account, change.id.as_str()))
        }
    }
}
