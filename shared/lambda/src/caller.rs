//! The gate of every route but `unknown-route`: who calls, and whether within its limits
//! (contract: keys#keys-of-a-tenant, keys#rate-limits). Order of refusals: 404, 401, 429, 413, 400
//! (contract: envelope#order-of-refusals).

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use people_domain::ids::access_key::AccessKey;
use people_domain::ignored::Ignored;
use people_domain::limit::Class;
use people_storage::{Counted, Store, TenantStore};
use serde_json::Value as Json;

use crate::answer::{KeyFault, Refusal};
use crate::telemetry::Event;

/// Who calls: its part of the store, and the log event of its request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The store as the caller's tenant sees it.
    pub store: TenantStore,
    event: Event,
}

impl Caller {
    /// The id of the request, as its answer will carry it.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.event.id()
    }

    /// Names in the answer what was sent and is not read (contract: envelope#ignored-names).
    pub fn name_ignored(&self, ignored: Ignored) {
        self.event.set_ignored(ignored);
    }

    /// Adds a size, a count or an id to the request's log event.
    pub fn note(&self, name: &'static str, value: impl Into<Json>) {
        self.event.set(name, value);
    }
}

/// What the gate of one function knows.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) store: Store,
    pub(crate) class: Class,
}

/// Lets a request through with its [`Caller`].
pub(crate) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let event = request.extensions().get::<Event>().cloned();
    match gate.admit(event, access_key(&request)).await {
        Err(refusal) => refusal.into_response(),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

fn access_key(request: &Request) -> Result<AccessKey, KeyFault> {
    let value = request.headers().get("accesskey").filter(|value| !value.is_empty());
    let value = value.ok_or(KeyFault::Missing)?;
    value.to_str().ok().and_then(AccessKey::parse).ok_or(KeyFault::Malformed)
}

impl Gate {
    async fn admit(
        &self,
        event: Option<Event>,
        key: Result<AccessKey, KeyFault>,
    ) -> Result<Caller, Refusal> {
        let event = event.ok_or_else(|| Refusal::Unexpected("no event".to_owned()))?;
        let key = key.map_err(Refusal::Unauthorized)?;
        // Its public name, of one that is refused too.
        event.set("keyId", key.hash().id());
        let store = self.store.metered();
        event.set_store(&store);
        let tenant = store.authenticate(&key).await?;
        let tenant = tenant.ok_or(Refusal::Unauthorized(KeyFault::Unknown))?;
        event.set("tenant", tenant.id.as_str());
        let store = store.of(tenant);
        let Counted { standing, generation } = self.count(&store).await?;
        event.set_standing(standing);
        match standing.exceeded {
            true => Err(Refusal::TooManyRequests),
            false => Ok(Caller { store: store.under(generation), event }),
        }
    }

    /// Counts the call. A delete counts as a synchronous call too; the tighter limit is shown.
    async fn count(&self, store: &TenantStore) -> Result<Counted, Refusal> {
        let counted = store.count(self.class).await?;
        if self.class != Class::Delete {
            return Ok(counted);
        }
        let sync = store.count(Class::Sync).await?;
        let sync_is_tighter = (sync.standing.exceeded, counted.standing.remaining)
            > (counted.standing.exceeded, sync.standing.remaining);
        Ok(if sync_is_tighter { sync } else { Counted { standing: counted.standing, ..sync } })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Refusal::Unexpected("no caller".to_owned()))
    }
}
