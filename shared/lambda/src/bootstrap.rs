//! The start of a process, up to its first poll: settings, the store, the layers, Lambda's runtime.

use std::time::Duration;

use aws_config::SdkConfig;
use axum::Router;
use axum::middleware::from_fn_with_state;
use people_domain::limit::RateLimitClass;
use people_storage::Store;

use crate::Routes;
use crate::caller::{AuthLayer, authenticate_request};
use crate::config::Config;
use crate::envelope::wrap_response;
use crate::log_event;
use crate::response::ApiError;

/// An error that ends the process.
pub type Error = lambda_http::Error;

/// How long the first poll waits for the connection to the store. It opens in the background then.
const WARM_UP_TIMEOUT: Duration = Duration::from_millis(10);

/// Builds the service of one function. Without a rate limit class its routes need no key.
pub fn build_app(
    store: &Store,
    deadline: Duration,
    class: Option<RateLimitClass>,
    routes: Routes,
) -> Router {
    let not_found = || async { ApiError::NotFound };
    let routes = match class {
        Some(class) => {
            let auth_layer =
                from_fn_with_state(AuthLayer { store: store.clone(), class }, authenticate_request);
            // `layer` comes before the fallbacks, so that an unknown route is refused (404) before
            // the key is (401).
            routes.layer(auth_layer).fallback(not_found).method_not_allowed_fallback(not_found)
        }
        // The function for unknown routes has only its own fallback.
        None => routes,
    };
    routes.layer(from_fn_with_state(deadline, wrap_response))
}

/// Runs a function until Lambda ends the process.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_routes(class: Option<RateLimitClass>, routes: Routes) -> Result<(), Error> {
    serve_routes_with(class, |_| (), |()| routes)
}

/// Runs a function whose routes need more than the store: `connect` makes that once, at start.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_routes_with<T>(
    class: Option<RateLimitClass>,
    connect: impl FnOnce(&SdkConfig) -> T,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    serve_long_routes(class, Config::from_env().deadline, connect, routes)
}

/// Runs a function whose calls may take longer than those of others.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_long_routes<T>(
    class: Option<RateLimitClass>,
    deadline: Duration,
    connect: impl FnOnce(&SdkConfig) -> T,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    build_runtime()?.block_on(async {
        let config = Config::from_env();
        let shared = aws_config::from_env().load().await;
        let store = people_storage::connect_store(&shared, &config.store);
        if class.is_some() {
            let warming = tokio::spawn({
                let store = store.clone();
                async move { store.warm_connection().await }
            });
            // A slow store must not delay the start: the first request waits for it instead.
            _ = tokio::time::timeout(WARM_UP_TIMEOUT, warming).await;
        }
        let routes = routes(connect(&shared));
        lambda_http::run(build_app(&store, deadline, class, routes)).await
    })
}

/// Builds a runtime of one thread: a process answers one event at a time.
pub(crate) fn build_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    log_event::log_panics();
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
