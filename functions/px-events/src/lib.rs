//! `POST events/custom`: refuses a custom event, or checks and drops it, as the tenant wants it: events
//! are not stored (contract: identify).

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::routing::post;
use people_lambda::domain::event_policy::EventPolicy;
use people_lambda::domain::limit;
use people_lambda::domain::px::check_custom_event;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, Result, RouteAccess, Routes, StatusCode,
};
use serde_json::json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::px());

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(limit::IDENTIFY_DEADLINE_SECONDS);

/// Advice for a caller whose events are refused.
const REFUSAL: &str = "Events are not stored; an operator may have them checked and dropped: \
                       people tenant update TENANT --events drop";

pub fn routes() -> Routes {
    Routes::new().route("/v1/events/custom", post(take_event))
}

async fn take_event(caller: Caller, request: Request) -> Result {
    match caller.store.tenant().settings.events {
        EventPolicy::Refuse => Err(ApiError::NotImplemented(REFUSAL)),
        EventPolicy::Drop => {
            let JsonBody(body) = JsonBody::from_request(request, &()).await?;
            let metadata = caller.store.read_metadata().await?;
            check_custom_event(&body, &metadata).map_err(ApiError::Px)?;
            caller.report_dropped_event();
            Ok(ApiResponse::Bare(StatusCode::CREATED, json!({})))
        }
    }
}
