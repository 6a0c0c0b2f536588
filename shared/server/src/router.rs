//! Finds the function of a request by the routes of template.yaml, as API Gateway does.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Method, Request, StatusCode};
use people_template::{DEFAULT_PATH, Route, Template};
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use crate::api::{BODY_TIMEOUT, read_whole_body};
use crate::bucket::EmbeddedBucket;
use crate::services::Services;

/// The functions by method and path. Clones share it.
#[derive(Clone)]
pub(crate) struct FunctionRouter(Arc<Routes>);

struct Routes {
    /// Functions by method, for each path.
    paths: matchit::Router<BTreeMap<String, Router>>,
    /// The function of every other request.
    default: Router,
    bucket: EmbeddedBucket,
    services: Services,
    /// Bytes of a body that is passed to a function.
    body_bytes_max: usize,
}

impl FunctionRouter {
    /// Reads the routes of the template, whose functions are known by the names of their binaries.
    pub(crate) fn new(
        template: &Template,
        functions: &BTreeMap<&'static str, Router>,
        bucket: EmbeddedBucket,
        services: Services,
        body_bytes_max: usize,
    ) -> Result<Self> {
        let mut by_path = BTreeMap::<String, BTreeMap<String, Router>>::new();
        let mut default = None;
        for function in template.functions()?.into_iter().filter(|known| !known.routes.is_empty()) {
            let name = &function.name;
            let app = functions
                .get(&**name)
                .with_context(|| format!("no function {name} is built in"))?;
            for route in function.routes {
                if route.path == DEFAULT_PATH {
                    default = Some(app.clone());
                } else {
                    by_path.entry(route.path).or_default().insert(route.method, app.clone());
                }
            }
        }
        let mut paths = matchit::Router::new();
        for (path, methods) in inherit_methods(&by_path) {
            paths.insert(path, methods)?;
        }
        let default = default.context("template.yaml has no $default route")?;
        Ok(Self(Arc::new(Routes { paths, default, bucket, services, body_bytes_max })))
    }

    /// Answers a request from `peer` by its function, by the bucket or by the services.
    pub(crate) async fn answer_request(self, request: Request<Body>, peer: IpAddr) -> Response {
        if self.0.bucket.has_path(request.uri().path()) {
            // Of other requests the bucket has to know that they have no body.
            let request = if request.method() == Method::PUT {
                request
                    .map(|body| s3s::Body::http_body_unsync(TimeoutBody::new(BODY_TIMEOUT, body)))
            } else {
                request.map(s3s::Body::http_body_unsync)
            };
            return self.0.bucket.answer_request(request).await.map(Body::new);
        }
        if self.0.services.accept(request.headers(), peer) {
            return self.0.services.answer_request(request).await;
        }
        let app = self.find_function(request.method(), request.uri().path()).clone();
        let Ok(request) = read_whole_body(request, self.0.body_bytes_max).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        // A router has no errors.
        app.oneshot(request).await.unwrap_or_default()
    }

    fn find_function(&self, method: &Method, path: &str) -> &Router {
        let methods = self.0.paths.at(path).ok().map(|found| found.value);
        methods.and_then(|methods| methods.get(method.as_str())).unwrap_or(&self.0.default)
    }
}

/// Adds to each path the methods of the less specific paths that match it: `GET /users/update` is
/// `GET /users/{id}` where `/users/update` has a PUT alone.
fn inherit_methods<F: Clone>(
    by_path: &BTreeMap<String, BTreeMap<String, F>>,
) -> BTreeMap<String, BTreeMap<String, F>> {
    let mut complete = by_path.clone();
    for (path, methods) in &mut complete {
        let general =
            by_path.iter().filter(|(other, _)| Route::new("ANY", other).matches_path(path));
        for (method, function) in general.flat_map(|(_, inherited)| inherited) {
            methods.entry(method.clone()).or_insert_with(|| function.clone());
        }
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_methods_of_the_paths_that_match_it() {
        let methods = |pairs: &[(&str, u8)]| {
            pairs.iter().map(|(method, function)| ((*method).to_owned(), *function)).collect()
        };
        let paths = BTreeMap::from([
            ("/users".to_owned(), methods(&[("POST", 1)])),
            ("/users/update".to_owned(), methods(&[("PUT", 2)])),
            ("/users/{id}".to_owned(), methods(&[("GET", 3), ("PUT", 4)])),
        ]);
        let complete = inherit_methods(&paths);
        assert_eq!(complete["/users/update"], methods(&[("GET", 3), ("PUT", 2)]));
        assert_eq!(
            [&complete["/users"], &complete["/users/{id}"]],
            [&paths["/users"], &paths["/users/{id}"]]
        );
    }
}
