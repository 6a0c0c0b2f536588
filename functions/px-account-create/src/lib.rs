//! `POST accounts`: creates an account of Gainsight PX, whose id must be new (contract: identify).

use std::time::Duration;

use axum::routing::post;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, parse_new_account};
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PxAccountOutcome, Result, RouteAccess, Routes,
    StatusCode,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/accounts", post(create_account))
}

async fn create_account(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let new = parse_new_account(&body, &metadata).map_err(ApiError::Px)?;
    caller.report_ignored(new.ignored.clone());
    match caller.store.write_px_account(&new).await? {
        PxAccountOutcome::Written { account, .. } => {
            Ok(ApiResponse::px_account(StatusCode::CREATED, &account, &metadata))
        }
        PxAccountOutcome::Refused(refusal) => {
            Err(ApiError::px_refusal(refusal, PxObject::Account, new.id.as_str()))
        }
    }
}
