//! `GET users`: lists users of Gainsight PX by pages, filtered and sorted (contract:
//! identify).

use std::time::Duration;

use axum::routing::get;
use people_lambda::domain::limit;
use people_lambda::domain::px::PxObject;
use people_lambda::{Caller, FormParams, Result, RouteAccess, Routes, list_px_rows};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::QUERY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/users", get(list_users))
}

async fn list_users(caller: Caller, params: FormParams) -> Result {
    list_px_rows(&caller, PxObject::User, &params).await
}
