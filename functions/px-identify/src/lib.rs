//! `POST identify`: creates or updates a user of Gainsight PX and its account, as the browser's call of
//! that name does (contract: identify).

use std::time::Duration;

use axum::routing::post;
use people_lambda::domain::identity::WriteMode;
use people_lambda::domain::limit;
use people_lambda::domain::px::{PxObject, parse_identify};
use people_lambda::{
    ApiError, ApiResponse, Caller, IdentityOutcome, JsonBody, PxAccountOutcome, Result,
    RouteAccess, Routes, StatusCode,
};
use serde_json::json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

pub fn routes() -> Routes {
    Routes::new().route("/v1/identify", post(identify_user))
}

async fn identify_user(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let call = parse_identify(&body, &metadata).map_err(ApiError::Px)?;
    // The account comes first, so that no user is in an account that does not exist.
    if let Some(account) = &call.account
        && let PxAccountOutcome::Refused(refusal) = caller.store.write_px_account(account).await?
    {
        return Err(ApiError::px_refusal(refusal, PxObject::Account, account.id.as_str()));
    }
    let id = call.user.id.as_str();
    match caller.store.write_identity(&call.user.to_identity_write(WriteMode::Upsert)).await? {
        IdentityOutcome::Written { person, created, .. } => {
            caller.report_ignored(call.ignored.clone());
            let answer = json!({ "identifyId": id, "aptrinsicId": person.gsid, "created": created,
                "ignored": call.ignored.names() });
            Ok(ApiResponse::Bare(StatusCode::OK, answer))
        }
        IdentityOutcome::Refused(refusal) => Err(ApiError::px_refusal(refusal, PxObject::User, id)),
    }
}
