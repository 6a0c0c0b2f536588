//! `GET accounts/{accountId}`: returns one account of Gainsight PX (contract: identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxAccountId, PxObject};
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, Result, RouteAccess, Routes, StatusCode,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/accounts/{accountId}", get(get_account))
}

async fn get_account(caller: Caller, PathParam(id): PathParam) -> Result {
    let unknown = || ApiError::px_unknown(PxObject::Account, &id);
    let parsed = PxAccountId::parse(&id).ok_or_else(unknown)?;
    let account = caller.store.read_px_account(&parsed).await?.ok_or_else(unknown)?;
    let metadata = caller.store.read_metadata().await?;
    Ok(ApiResponse::px_account(StatusCode::OK, &account, &metadata))
}
