//! From process start to first poll: settings, the store, the layers, Lambda's runtime.

use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use people_domain::limit::RateLimitClass;
use people_storage::Store;

use crate::Routes;
use crate::caller::{AuthLayer, authenticate_request};
use crate::config::Config;
use crate::envelope::wrap_response;
use crate::response::ApiError;
use crate::telemetry;

/// What ends a process at start.
pub type Error = lambda_http::Error;

/// How long the first poll waits for the connection to open. It goes on beside it.
const WARM_UP_TIMEOUT: Duration = Duration::from_millis(10);

/// The whole service of one function. Without a class its routes need no key.
pub fn build_app(
    store: &Store,
    deadline: Duration,
    class: Option<RateLimitClass>,
    routes: Routes,
) -> Router {
    let unknown = || async { ApiError::NotFound };
    let routes = match class {
        Some(class) => {
            let auth_layer =
                from_fn_with_state(AuthLayer { store: store.clone(), class }, authenticate_request);
            // `layer` comes before the fallbacks: what is no route is refused before the key is (404, 401).
            routes.layer(auth_layer).fallback(unknown).method_not_allowed_fallback(unknown)
        }
        // Its own fallback is all that it has.
        None => routes,
    };
    routes.layer(from_fn_with_state(deadline, wrap_response))
}

/// Runs a function until Lambda ends the process.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint is gone.
pub fn serve_routes(class: Option<RateLimitClass>, routes: Routes) -> Result<(), Error> {
    serve_routes_with(class, async {}, |()| routes)
}

/// The same for routes that need more than the store: `connect` makes it once, at start.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint is gone.
pub fn serve_routes_with<T>(
    class: Option<RateLimitClass>,
    connect: impl Future<Output = T>,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    build_runtime()?.block_on(async {
        let config = Config::from_env();
        let store = people_storage::connect_store(&config.store).await;
        if class.is_some() {
            let warming = tokio::spawn({
                let store = store.clone();
                async move { store.warm_connection().await }
            });
            // A slow store must not delay the start: its first request will tell.
            _ = tokio::time::timeout(WARM_UP_TIMEOUT, warming).await;
        }
        let routes = routes(connect.await);
        lambda_http::run(build_app(&store, config.deadline, class, routes)).await
    })
}

/// One thread: a process answers one event at a time.
pub(crate) fn build_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    telemetry::log_panics();
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
