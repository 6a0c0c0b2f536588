//! From process start to first poll: settings, the store, the layers, Lambda's runtime.

use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use people_domain::limit::Class;
use people_storage::Store;

use crate::Routes;
use crate::answer::Refusal;
use crate::caller::{Gate, gate};
use crate::config::Config;
use crate::envelope::envelope;
use crate::telemetry;

/// What ends a process at start.
pub type Error = lambda_http::Error;

/// How long the first poll waits for the connection to open. It goes on beside it.
const WARM_UP: Duration = Duration::from_millis(10);

/// The whole service of one function. Without a class its routes need no key.
pub fn app(store: &Store, deadline: Duration, class: Option<Class>, routes: Routes) -> Router {
    let unknown = || async { Refusal::NotFound };
    let routes = match class {
        Some(class) => {
            let gate = from_fn_with_state(Gate { store: store.clone(), class }, gate);
            // `layer` comes before the fallbacks: what is no route is refused before the key is (404, 401).
            routes.layer(gate).fallback(unknown).method_not_allowed_fallback(unknown)
        }
        // Its own fallback is all that it has.
        None => routes,
    };
    routes.layer(from_fn_with_state(deadline, envelope))
}

/// Runs a function until Lambda ends the process.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint is gone.
pub fn serve(class: Option<Class>, routes: Routes) -> Result<(), Error> {
    serve_with(class, async {}, |()| routes)
}

/// The same for routes that need more than the store: `connect` makes it once, at start.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint is gone.
pub fn serve_with<T>(
    class: Option<Class>,
    connect: impl Future<Output = T>,
    routes: impl FnOnce(T) -> Routes,
) -> Result<(), Error> {
    runtime()?.block_on(async {
        let config = Config::from_env();
        let store = people_storage::connect(&config.store).await;
        if class.is_some() {
            let warming = tokio::spawn({
                let store = store.clone();
                async move { store.warm().await }
            });
            // A slow store must not delay the start: its first request will tell.
            _ = tokio::time::timeout(WARM_UP, warming).await;
        }
        let routes = routes(connect.await);
        lambda_http::run(app(&store, config.deadline, class, routes)).await
    })
}

/// One thread: a process answers one event at a time.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    telemetry::log_panics();
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
