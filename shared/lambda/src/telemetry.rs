//! The log event of a request, collected while the request is answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::StatusCode;
use lambda_http::request::RequestContext;
use people_domain::ignored::IgnoredNames;
use people_domain::limit::RateLimitStatus;
use people_storage::Store;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::log_event::{LogEvent, LogOutcome};
use crate::response::ApiError;

/// The log event of a request while it is handled. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct RequestEvent {
    id: Arc<str>,
    source: Arc<RequestSource>,
    state: Arc<Mutex<RequestEventState>>,
}

/// Where a request came from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestSource {
    method: String,
    route: Option<String>,
    /// Whether it is the first request of its process.
    cold: bool,
    /// Joins the event to Lambda's own lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    lambda_request_id: Option<String>,
    #[serde(flatten)]
    gateway: Option<GatewaySource>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewaySource {
    /// Joins the event to the access log of API Gateway.
    gateway_request_id: Option<String>,
    source_ip: Option<String>,
}

#[derive(Debug, Default)]
struct RequestEventState {
    recorded: Map<String, Json>,
    store: Option<Store>,
    rate_limit_status: Option<RateLimitStatus>,
    ignored: IgnoredNames,
    event_dropped: bool,
}

/// How a request ended.
pub(crate) struct RequestOutcome<'a> {
    pub(crate) status: StatusCode,
    /// Why it was refused.
    pub(crate) error: Option<&'a ApiError>,
    /// Bytes of the body as it leaves.
    pub(crate) bytes: usize,
    pub(crate) elapsed: Duration,
}

impl RequestEvent {
    pub(crate) fn new(id: &str, request: &Request, cold: bool) -> Self {
        let source = RequestSource::from_request(request, cold);
        Self { id: id.into(), source: source.into(), state: Arc::default() }
    }

    /// The id of the request.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Adds an id, a size or a count.
    pub(crate) fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.lock_state().recorded.insert(name.to_owned(), value.into());
    }

    /// Names the store whose use belongs to this request.
    pub(crate) fn set_store(&self, store: &Store) {
        self.lock_state().store = Some(store.clone());
    }

    pub(crate) fn set_rate_limit_status(&self, status: RateLimitStatus) {
        self.lock_state().rate_limit_status = Some(status);
    }

    /// Keeps the names of what the caller sent and no rule reads.
    pub(crate) fn set_ignored(&self, ignored: IgnoredNames) {
        self.lock_state().ignored = ignored;
    }

    pub(crate) fn ignored(&self) -> IgnoredNames {
        self.lock_state().ignored.clone()
    }

    /// Keeps that the event in the body was checked and dropped, and counts it.
    pub(crate) fn set_event_dropped(&self) {
        let mut state = self.lock_state();
        state.event_dropped = true;
        state.recorded.insert("eventsDropped".to_owned(), 1.into());
    }

    pub(crate) fn is_event_dropped(&self) -> bool {
        self.lock_state().event_dropped
    }

    pub(crate) fn rate_limit_status(&self) -> Option<RateLimitStatus> {
        self.lock_state().rate_limit_status
    }

    fn lock_state(&self) -> MutexGuard<'_, RequestEventState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write_log(&self, outcome: &RequestOutcome<'_>) {
        let state = self.lock_state();
        let error = outcome.error;
        let log_outcome = LogOutcome::Request {
            request_id: &self.id,
            status: outcome.status.as_u16(),
            error_code: error.map(|error| error.code_and_message().0),
            internal: error.and_then(ApiError::internal_detail),
            bytes_out: outcome.bytes,
        };
        let (elapsed, store) = (outcome.elapsed, state.store.as_ref());
        LogEvent::new(&*self.source, &state.recorded, log_outcome, elapsed, store).write();
    }
}

impl RequestSource {
    fn from_request(request: &Request, cold: bool) -> Self {
        let extensions = request.extensions();
        let context = extensions.get::<lambda_http::Context>();
        let gateway = match extensions.get() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(GatewaySource {
                gateway_request_id: context.request_id.clone(),
                source_ip: context.http.source_ip.clone(),
            }),
            _ => None,
        };
        Self {
            method: request.method().as_str().to_owned(),
            route: extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()),
            cold,
            lambda_request_id: context.map(|context| context.request_id.clone()),
            gateway,
        }
    }
}
