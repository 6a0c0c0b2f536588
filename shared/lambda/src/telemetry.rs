//! One wide structured log event per request: ids, sizes, counts, latencies, consumed capacity;
//! never a body, key, email or name.

use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::StatusCode;
use jiff::Timestamp;
use lambda_http::request::RequestContext;
use people_domain::ignored::IgnoredNames;
use people_domain::limit::RateLimitStatus;
use people_storage::Store;
use serde_json::{Map, Value as Json, json};

use crate::response::{ApiError, ApiResponse};

/// What is collected while a request is answered.
#[derive(Debug, Clone)]
pub(crate) struct RequestEvent {
    id: Arc<str>,
    state: Arc<Mutex<RequestEventState>>,
}

#[derive(Debug, Default)]
struct RequestEventState {
    fields: Map<String, Json>,
    store: Option<Store>,
    rate_limit_status: Option<RateLimitStatus>,
    ignored: IgnoredNames,
}

/// How a request ended.
pub(crate) struct RequestOutcome<'a> {
    pub(crate) status: StatusCode,
    pub(crate) response: &'a ApiResponse,
    pub(crate) bytes: usize,
    pub(crate) elapsed: Duration,
}

impl RequestEvent {
    pub(crate) fn new(id: &str, request: &Request, cold: bool) -> Self {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let mut fields = Map::new();
        fields.insert("method".to_owned(), request.method().as_str().into());
        fields.insert("route".to_owned(), route.into());
        fields.insert("cold".to_owned(), cold.into());
        fields.extend(gateway_fields(request));
        let collected = RequestEventState { fields, ..RequestEventState::default() };
        Self { id: id.into(), state: Arc::new(Mutex::new(collected)) }
    }

    /// The id of the request.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Adds a field: an id, a size or a count.
    pub(crate) fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.lock_state().fields.insert(name.to_owned(), value.into());
    }

    /// The store whose use belongs to this request.
    pub(crate) fn set_store(&self, store: &Store) {
        self.lock_state().store = Some(store.clone());
    }

    /// How the caller stands against its limits, known as soon as the call is counted.
    pub(crate) fn set_rate_limit_status(&self, standing: RateLimitStatus) {
        self.lock_state().rate_limit_status = Some(standing);
    }

    /// Keeps the names of what the caller sent and is not read.
    pub(crate) fn set_ignored(&self, ignored: IgnoredNames) {
        self.lock_state().ignored = ignored;
    }

    pub(crate) fn ignored(&self) -> IgnoredNames {
        self.lock_state().ignored.clone()
    }

    pub(crate) fn rate_limit_status(&self) -> Option<RateLimitStatus> {
        self.lock_state().rate_limit_status
    }

    fn lock_state(&self) -> MutexGuard<'_, RequestEventState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the event as one line of JSON, which is what Lambda ships to its logs.
    pub(crate) fn write_log(&self, outcome: &RequestOutcome<'_>) {
        let mut collected = self.lock_state();
        let usage = collected.store.as_ref().map(Store::usage);
        let refusal = match outcome.response {
            ApiResponse::Error(refusal) => Some(refusal),
            _ => None,
        };
        let level = if outcome.status.is_server_error() { "ERROR" } else { "INFO" };
        let line = json!({
            "level": level,
            "event": "request",
            "requestId": *self.id,
            "status": outcome.status.as_u16(),
            "errorCode": refusal.map(|refusal| refusal.code_and_message().0),
            "internal": refusal.and_then(ApiError::internal_detail),
            "bytesOut": outcome.bytes,
            "micros": u64::try_from(outcome.elapsed.as_micros()).unwrap_or(u64::MAX),
            "storeCalls": usage.map(|usage| usage.calls),
            "storeUnits": usage.map(|usage| usage.units),
            "storeMicros": usage.map(|usage| usage.micros),
        });
        let mut fields = std::mem::take(&mut collected.fields);
        if let Json::Object(line) = line {
            fields.extend(line);
        }
        write_log_line(fields);
    }
}

/// The ids that join the event to the access log of API Gateway and to Lambda's own lines.
fn gateway_fields(request: &Request) -> Map<String, Json> {
    let mut fields = Map::new();
    if let Some(context) = request.extensions().get::<lambda_http::Context>() {
        fields.insert("lambdaRequestId".to_owned(), context.request_id.as_str().into());
    }
    if let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get() {
        fields.insert("gatewayRequestId".to_owned(), context.request_id.clone().into());
        fields.insert("sourceIp".to_owned(), context.http.source_ip.clone().into());
    }
    fields
}

/// One line of the log. Lambda takes a line without a time for one of level INFO.
pub(crate) fn write_log_line(fields: Map<String, Json>) {
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), format!("{:.3}", Timestamp::now()).into());
    line.extend(fields);
    // A log that can't be written is no reason to fail the request.
    _ = writeln!(std::io::stdout().lock(), "{}", Json::Object(line));
}

/// Writes a panic as a line that says where it is, in place of a message that may quote what was
/// sent.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| write_log_line(describe_panic(panic))));
}

fn describe_panic(panic: &PanicHookInfo<'_>) -> Map<String, Json> {
    let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
    let members = [("level", "ERROR".into()), ("event", "panic".into()), ("place", place.into())];
    Map::from_iter(members.map(|(name, value): (&str, Json)| (name.to_owned(), value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_its_place_and_not_its_message() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (into, before) = (Arc::clone(&told), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            into.lock().unwrap().push(describe_panic(panic));
        }));
        let sent = String::from("ann@abc.com");
        let ended = std::panic::catch_unwind(|| assert_eq!(sent, "another"));
        std::panic::set_hook(before);
        assert!(ended.is_err());
        let lines: Vec<_> =
            told.lock().unwrap().iter().map(|line| Json::from(line.clone()).to_string()).collect();
        let here = lines.iter().find(|line| line.contains("telemetry.rs:")).unwrap();
        assert!(here.contains("ERROR") && !here.contains("ann@abc.com"), "{here}");
    }
}
