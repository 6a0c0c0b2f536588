//! The gate of every route but `unknown-route`: who calls, and whether within its limits
//! (contract: keys#keys-of-a-tenant, keys#rate-limits). Order of refusals: 404, 401, 429, 413, 400
//! (contract: envelope#order-of-refusals).

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use people_domain::ids::access_key::AccessKey;
use people_domain::ignored::IgnoredNames;
use people_domain::limit::RateLimitClass;
use people_storage::{RecordedCall, Store, TenantStore};
use serde_json::Value as Json;

use crate::response::{AccessKeyError, ApiError};
use crate::telemetry::RequestEvent;

/// Who calls: its part of the store, and the log event of its request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The store as the caller's tenant sees it.
    pub store: TenantStore,
    event: RequestEvent,
}

impl Caller {
    /// The id of the request, as its answer will carry it.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.event.id()
    }

    /// Names in the answer what was sent and is not read (contract: envelope#ignored-names).
    pub fn report_ignored(&self, ignored: IgnoredNames) {
        self.event.set_ignored(ignored);
    }

    /// Adds a size, a count or an id to the request's log event.
    pub fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.event.record_field(name, value);
    }
}

/// What the gate of one function knows.
#[derive(Debug, Clone)]
pub(crate) struct AuthLayer {
    pub(crate) store: Store,
    pub(crate) class: RateLimitClass,
}

/// Lets a request through with its [`Caller`].
pub(crate) async fn authenticate_request(
    State(gate): State<AuthLayer>,
    mut request: Request,
    next: Next,
) -> Response {
    let event = request.extensions().get::<RequestEvent>().cloned();
    match gate.authenticate_caller(event, read_access_key(&request)).await {
        Err(refusal) => refusal.into_response(),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

fn read_access_key(request: &Request) -> Result<AccessKey, AccessKeyError> {
    let value = request.headers().get("accesskey").filter(|value| !value.is_empty());
    let value = value.ok_or(AccessKeyError::Missing)?;
    value.to_str().ok().and_then(AccessKey::parse).ok_or(AccessKeyError::Malformed)
}

impl AuthLayer {
    async fn authenticate_caller(
        &self,
        event: Option<RequestEvent>,
        key: Result<AccessKey, AccessKeyError>,
    ) -> Result<Caller, ApiError> {
        let event = event.ok_or_else(|| ApiError::Unexpected("no event".to_owned()))?;
        let key = key.map_err(ApiError::Unauthorized)?;
        // Its public name, of one that is refused too.
        event.record_field("keyId", key.hash().id());
        let store = self.store.with_fresh_meter();
        event.set_store(&store);
        let tenant = store.authenticate_key(&key).await?;
        let tenant = tenant.ok_or(ApiError::Unauthorized(AccessKeyError::Unknown))?;
        event.record_field("tenant", tenant.id.as_str());
        let store = store.for_tenant(tenant);
        let RecordedCall { status: standing, generation } = self.record_call(&store).await?;
        event.set_rate_limit_status(standing);
        match standing.exceeded {
            true => Err(ApiError::TooManyRequests),
            false => Ok(Caller { store: store.with_generation(generation), event }),
        }
    }

    /// Counts the call. A delete counts as a synchronous call too; the tighter limit is shown.
    async fn record_call(&self, store: &TenantStore) -> Result<RecordedCall, ApiError> {
        let counted = store.record_call(self.class).await?;
        if self.class != RateLimitClass::Delete {
            return Ok(counted);
        }
        let sync = store.record_call(RateLimitClass::Sync).await?;
        let sync_is_tighter = (sync.status.exceeded, counted.status.remaining)
            > (counted.status.exceeded, sync.status.remaining);
        Ok(if sync_is_tighter { sync } else { RecordedCall { status: counted.status, ..sync } })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Unexpected("no caller".to_owned()))
    }
}
