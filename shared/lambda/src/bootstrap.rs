//! The start of a process, up to its first poll: settings, the store, the layers, Lambda's runtime.

use std::time::Duration;

use aws_config::SdkConfig;
use axum::Router;
use axum::middleware::from_fn_with_state;
use people_storage::Store;
use tower::ServiceBuilder;

use crate::Routes;
use crate::caller::{AuthLayer, authenticate_request};
use crate::config::Config;
use crate::envelope::{EnvelopeLayer, wrap_response};
use crate::gateway_path::restore_path;
use crate::log_event;
use crate::response::ApiError;
use crate::route_access::RouteAccess;

/// An error that ends the process.
pub type Error = lambda_http::Error;

/// How long the first poll waits for the connection to the store. It opens in the background then.
const WARM_UP_TIMEOUT: Duration = Duration::from_millis(10);

/// Builds the service of one function. Without an access its routes need no key.
pub fn build_app(
    store: &Store,
    deadline: Duration,
    access: Option<RouteAccess>,
    routes: Routes,
) -> Router {
    let not_found = || async { ApiError::NotFound };
    let envelope = EnvelopeLayer { deadline, family: access.map(|access| access.family) };
    let routes = match access {
        Some(access) => {
            let auth_layer = AuthLayer { store: store.clone(), access };
            let auth_layer = from_fn_with_state(auth_layer, authenticate_request);
            // `layer` comes before the fallbacks, so that an unknown route is refused (404) before
            // the key is (401).
            routes.layer(auth_layer).fallback(not_found).method_not_allowed_fallback(not_found)
        }
        // The function for unknown routes has only its own fallback.
        None => routes,
    };
    routes.layer(from_fn_with_state(envelope, wrap_response))
}

/// Runs a function until Lambda ends the process.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_routes(access: Option<RouteAccess>, routes: Routes) -> Result<(), Error> {
    serve_routes_with(access, |_| (), |()| routes)
}

/// Runs a function whose routes need more than the store: `connect` makes that once, at start.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_routes_with<T>(
    access: Option<RouteAccess>,
    connect: impl FnOnce(&SdkConfig) -> T,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    serve_routes_within(access, Config::from_env().deadline, connect, routes)
}

/// Runs a function whose calls have a deadline of their own.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_routes_within<T>(
    access: Option<RouteAccess>,
    deadline: Duration,
    connect: impl FnOnce(&SdkConfig) -> T,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    build_runtime()?.block_on(async {
        let config = Config::from_env();
        let shared = aws_config::from_env().load().await;
        let store = people_storage::connect_store(&shared, &config.store);
        if access.is_some() {
            let warming = tokio::spawn({
                let store = store.clone();
                async move { store.warm_connection().await }
            });
            // A slow store must not delay the start: the first request waits for it instead.
            _ = tokio::time::timeout(WARM_UP_TIMEOUT, warming).await;
        }
        let routes = routes(connect(&shared));
        let app = build_app(&store, deadline, access, routes);
        lambda_http::run(ServiceBuilder::new().map_request(restore_path).service(app)).await
    })
}

/// Builds a runtime of one thread: a process answers one event at a time.
pub(crate) fn build_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    log_event::log_panics();
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
