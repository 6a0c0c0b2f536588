//! Finds the route of a request as an HTTP API does: the most specific path among the routes with its method, and
//! `$default` if there is none.

use crate::Invoke;
use axum::http::Method;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The path of the route that takes what no other route takes.
const DEFAULT_PATH: &str = "$default";

/// The method of a route that takes all methods.
const ANY_METHOD: &str = "ANY";

/// A route and the function that handles it.
pub struct GatewayRoute {
    /// In capitals; `ANY` for all.
    pub method: String,
    /// Such as `/people/{gsid}`, or `$default`.
    pub path: String,
    /// The function.
    pub function: Arc<dyn Invoke>,
}

impl GatewayRoute {
    /// The route as events name it: `GET /people/{gsid}`.
    pub(super) fn key(&self) -> String {
        if self.path == DEFAULT_PATH {
            return DEFAULT_PATH.to_owned();
        }
        format!("{} {}", self.method, self.path)
    }

    fn takes_method(&self, method: &Method) -> bool {
        self.method == ANY_METHOD || self.method == method.as_str()
    }
}

pub(super) struct RouteTable {
    routes: Vec<GatewayRoute>,
}

pub(super) struct RouteMatch<'r> {
    pub(super) route: &'r GatewayRoute,
    pub(super) path_parameters: BTreeMap<String, String>,
    /// Whether each segment of the path is literal, and whether the method is: the larger, the more specific.
    rank: (Vec<bool>, bool),
}

impl RouteTable {
    pub(super) fn new(routes: Vec<GatewayRoute>) -> Self {
        Self { routes }
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<RouteMatch<'_>> {
        let candidates = self.routes.iter().filter(|route| route.takes_method(method));
        let matches = candidates.clone().filter_map(|route| match_path(route, path));
        let default = || {
            let route = candidates.clone().find(|route| route.path == DEFAULT_PATH)?;
            Some(RouteMatch { route, path_parameters: BTreeMap::new(), rank: (Vec::new(), false) })
        };
        matches.max_by(|one, other| one.rank.cmp(&other.rank)).or_else(default)
    }
}

fn match_path<'r>(route: &'r GatewayRoute, path: &str) -> Option<RouteMatch<'r>> {
    let (mut path_parameters, mut literals) = (BTreeMap::new(), Vec::new());
    let (mut patterns, mut segments) = (route.path.split('/'), path.split('/'));
    loop {
        let (pattern, segment) = match (patterns.next(), segments.next()) {
            (None, None) => break,
            (pattern, segment) => (pattern?, segment?),
        };
        let name = pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        match name {
            Some(name) if !segment.is_empty() => {
                let value = percent_decode_str(segment).decode_utf8_lossy().into_owned();
                path_parameters.insert(name.to_owned(), value);
            }
            None if pattern == segment => {}
            _ => return None,
        }
        literals.push(name.is_none());
    }
    let rank = (literals, route.method != ANY_METHOD);
    Some(RouteMatch { route, path_parameters, rank })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InvokeError;
    use bytes::Bytes;

    fn table() -> RouteTable {
        let route = |(method, path): (&str, &str)| GatewayRoute {
            method: method.to_owned(),
            path: path.to_owned(),
            function: Arc::new(|_: Bytes| async { Err(InvokeError::Stopped) }),
        };
        let routes = [
            ("ANY", "$default"),
            ("GET", "/people/{gsid}"),
            ("PUT", "/people/async"),
            ("GET", "/people/delete/{id}"),
            ("ANY", "/people/{gsid}/{part}"),
            ("GET", "/people/list"),
        ];
        RouteTable::new(routes.map(route).into())
    }

    #[track_caller]
    fn check(method: Method, path: &str, expected: &str) {
        let table = table();
        let found = table.find(&method, path).unwrap();
        assert_eq!(format!("{} {:?}", found.route.key(), found.path_parameters), expected);
    }

    #[test]
    fn the_most_specific_route_with_the_method_is_found() {
        check(Method::GET, "/people/list", "GET /people/list {}");
        check(Method::GET, "/people/1P0", r#"GET /people/{gsid} {"gsid": "1P0"}"#);
        check(Method::GET, "/people/a%2Fb", r#"GET /people/{gsid} {"gsid": "a/b"}"#);
        check(Method::PUT, "/people/async", "PUT /people/async {}");
        check(Method::GET, "/people/async", r#"GET /people/{gsid} {"gsid": "async"}"#);
        check(Method::GET, "/people/delete/1", r#"GET /people/delete/{id} {"id": "1"}"#);
        check(
            Method::PUT,
            "/people/delete/1",
            r#"ANY /people/{gsid}/{part} {"gsid": "delete", "part": "1"}"#,
        );
    }

    #[test]
    fn the_rest_goes_to_the_default_route() {
        for path in ["/", "/people", "/people/", "//people/1P0", "/people/1P0/", "/a/b/c/d"] {
            check(Method::GET, path, "$default {}");
        }
        check(Method::PATCH, "/people/list", "$default {}");
    }

    #[test]
    fn without_a_default_there_may_be_no_route() {
        assert!(RouteTable::new(Vec::new()).find(&Method::GET, "/").is_none());
    }
}
