//! The routes as `cargo lambda watch` takes them: `[workspace.metadata.lambda.watch.router]`.
//! A path that it knows with another method would get its own answer, so those methods go where `$default` goes.

use crate::template::{DEFAULT_PATH, Function, Route};
use std::collections::BTreeMap;
use toml_edit::{Array, InlineTable, Item, Table, value};

/// Methods of which each path says where they go.
const METHODS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/// Paths that together match whatever no other path matches.
const REST: [&str; 2] = ["/", "/{*rest}"];

/// The table of the router, paths in order.
pub(crate) fn table(functions: &[Function]) -> Table {
    let routed = || {
        functions
            .iter()
            .flat_map(|function| function.routes.iter().map(|route| (route, &*function.name)))
    };
    let default =
        routed().find(|(route, _)| route.path == DEFAULT_PATH).map(|(_, function)| function);
    let mut paths = BTreeMap::<&str, Vec<(&Route, &str)>>::new();
    for (route, function) in routed().filter(|(route, _)| route.path != DEFAULT_PATH) {
        paths.entry(&route.path).or_default().push((route, function));
    }
    let mut table = Table::new();
    for (path, targets) in paths {
        table.insert(path, methods(&targets, default));
    }
    for (path, function) in REST.iter().flat_map(|path| default.map(|function| (path, function))) {
        table.insert(path, value(function));
    }
    table
}

/// One path: where each method goes.
fn methods(targets: &[(&Route, &str)], default: Option<&str>) -> Item {
    let mut array = Array::new();
    for method in METHODS {
        let exact = targets.iter().find(|(route, _)| route.method == method);
        let found = exact.or_else(|| targets.iter().find(|(route, _)| route.method == "ANY"));
        if let Some(function) = found.map(|(_, function)| *function).or(default) {
            let entry = InlineTable::from_iter([("method", method), ("function", function)]);
            array.push(entry);
        }
    }
    array.iter_mut().for_each(|entry| entry.decor_mut().set_prefix("\n    "));
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    value(array)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, routes: &[(&str, &str)]) -> Function {
        let routes = routes
            .iter()
            .map(|(method, path)| Route { path: (*path).into(), method: (*method).into() });
        Function { resource: String::new(), name: name.into(), routes: routes.collect() }
    }

    #[test]
    fn every_path_names_every_method() {
        let table = table(&[
            function("read", &[("GET", "/a/{id}")]),
            function("rest", &[("ANY", "$default")]),
        ]);
        let text = table.to_string();
        assert!(text.contains(r#"{ method = "GET", function = "read" }"#), "{text}");
        assert_eq!(text.matches(r#"function = "rest""#).count(), METHODS.len() - 1, "{text}");
        assert!(text.ends_with("\"/\" = \"rest\"\n\"/{*rest}\" = \"rest\"\n"), "{text}");
    }

    #[test]
    fn without_a_default_the_other_methods_stay_open() {
        let text = table(&[function("read", &[("GET", "/a")]), function("queue", &[])]).to_string();
        assert_eq!(text.matches("method").count(), 1, "{text}");
    }
}
