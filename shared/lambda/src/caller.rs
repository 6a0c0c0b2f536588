//! The authentication layer of every route but `unknown-route`: it finds the caller of an access
//! key and counts the call against its limits (contract: keys#keys-of-a-tenant, keys#rate-limits).
//! The order of refusals is 404, 401, 429, 413, 400 (contract: envelope#order-of-refusals).

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use people_domain::ids::access_key::AccessKey;
use people_domain::ignored::IgnoredNames;
use people_domain::limit::RateLimitClass;
use people_storage::{RecordedCall, Store, TenantStore};
use serde_json::Value as Json;

use crate::access_key::{AccessKeyError, read_access_key};
use crate::response::ApiError;
use crate::route_access::RouteAccess;
use crate::telemetry::RequestEvent;

/// The caller of a request: its tenant's store, and the log event of the request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub store: TenantStore,
    access_key_id: String,
    event: RequestEvent,
}

impl Caller {
    /// The id of the request, which its answer names.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.event.id()
    }

    /// The public id of the access key.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Makes the answer name what was sent and not read (contract: envelope#ignored-names).
    pub fn report_ignored(&self, ignored: IgnoredNames) {
        self.event.set_ignored(ignored);
    }

    /// Makes the answer say that the event in the body was checked and dropped, and the log count it
    /// (contract: identify).
    pub fn report_dropped_event(&self) {
        self.event.set_event_dropped();
    }

    /// Adds an id, a size or a count to the request's log event.
    pub fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.event.record_field(name, value);
    }
}

/// The state of the authentication layer of one function.
#[derive(Debug, Clone)]
pub(crate) struct AuthLayer {
    pub(crate) store: Store,
    pub(crate) access: RouteAccess,
}

/// Passes an authenticated request on with its [`Caller`].
pub(crate) async fn authenticate_request(
    State(auth_layer): State<AuthLayer>,
    mut request: Request,
    next: Next,
) -> Response {
    let event = request.extensions().get::<RequestEvent>().cloned();
    let key = read_access_key(&request, auth_layer.access.family);
    match auth_layer.authenticate_caller(event, key).await {
        Err(error) => error.into_response(),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

impl AuthLayer {
    async fn authenticate_caller(
        &self,
        event: Option<RequestEvent>,
        key: Result<AccessKey, AccessKeyError>,
    ) -> Result<Caller, ApiError> {
        let event =
            event.ok_or_else(|| ApiError::Unexpected("the request has no log event".to_owned()))?;
        let key = key.map_err(ApiError::Unauthorized)?;
        // The public name of the key, which is logged of a refused key too.
        let access_key_id = key.hash().id();
        event.record_field("keyId", access_key_id.as_str());
        let store = self.store.with_fresh_meter();
        event.set_store(&store);
        let tenant = store.authenticate_key(&key, self.access.group).await?;
        let tenant = tenant.ok_or(ApiError::Unauthorized(AccessKeyError::Unknown))?;
        event.record_field("tenant", tenant.id.as_str());
        let store = store.for_tenant(tenant);
        let RecordedCall { status, generation } = self.record_call(&store).await?;
        event.set_rate_limit_status(status);
        if status.exceeded {
            return Err(ApiError::TooManyRequests);
        }
        Ok(Caller { store: store.with_generation(generation), access_key_id, event })
    }

    /// Counts the call. A delete counts as a synchronous call too, and the tighter limit is
    /// reported.
    async fn record_call(&self, store: &TenantStore) -> Result<RecordedCall, ApiError> {
        let own = store.record_call(self.access.class).await?;
        if self.access.class != RateLimitClass::Delete {
            return Ok(own);
        }
        let sync = store.record_call(RateLimitClass::Sync).await?;
        let sync_is_tighter = (sync.status.exceeded, own.status.remaining)
            > (own.status.exceeded, sync.status.remaining);
        Ok(if sync_is_tighter { sync } else { RecordedCall { status: own.status, ..sync } })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Unexpected("the request has no caller".to_owned()))
    }
}
