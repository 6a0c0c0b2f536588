//! Calls that Gainsight PX documents and this service does not have: 501, with what to do instead
//! (contract: identify).

use std::time::Duration;

use axum::routing::{delete, get, post, put};
use people_lambda::domain::limit;
use people_lambda::{ApiError, Caller, Result, RouteAccess, Routes};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/accounts/{accountId}", delete(refuse_account_delete))
        .route("/v1/users/denylist/{identifyId}", put(refuse_denylist))
        .route("/v1/user/preferences", post(refuse_preferences).put(refuse_preferences))
        .route("/v2/user/preferences", post(refuse_preferences).put(refuse_preferences))
        .route("/v2/user/preferences/{identifyId}", get(refuse_preferences).put(refuse_preferences))
}

async fn refuse_account_delete(_: Caller) -> Result {
    Err(ApiError::NotImplemented(
        "Accounts are not deleted, because their users would go with them, who belong to other \
         systems too; delete users by DELETE /v1/users/{identifyId}",
    ))
}

async fn refuse_denylist(_: Caller) -> Result {
    Err(ApiError::NotImplemented(
        "There is no denylist, because it acts on events, which are not stored; set trackUsage by \
         PUT /v1/user/preferences/{identifyId}",
    ))
}

async fn refuse_preferences(_: Caller) -> Result {
    Err(ApiError::NotImplemented(
        "Preferences are read and changed by GET and PUT /v1/user/preferences/{identifyId}",
    ))
}
