//! Writes what is derived from template.yaml: CargoLambda.toml with the routes, for those who run `cargo lambda watch`
//! by itself.

use crate::paths::workspace_root;
use crate::tidy;
use anyhow::{Result, ensure};
use people_template::{DEFAULT_PATH, Function, Route, Template};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const FILE: &str = "CargoLambda.toml";

const HEADER: &str = "# Written by `cargo xtask sync` from template.yaml, for `cargo lambda watch`.\n[watch.router]\n";

pub(crate) const OUT_OF_DATE: &str =
    "CargoLambda.toml does not have the routes of template.yaml; run `cargo xtask sync`";

/// `cargo lambda watch` answers a method that a path does not list by itself, so each path lists them all.
const METHODS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/// Paths that together match whatever no other path matches.
const REST_PATHS: [&str; 2] = ["/", "/{*rest}"];

pub(crate) fn run(check: bool) -> Result<u8> {
    let root = workspace_root();
    let (actual, expected) = read_routes_file(&root)?;
    if actual != expected {
        ensure!(!check, OUT_OF_DATE);
        std::fs::write(root.join(FILE), expected)?;
        println!("wrote the routes of template.yaml into {FILE}");
    }
    let problems = tidy::find_problems(&root)?;
    ensure!(problems.is_empty(), "{}", problems.join("\nerror: "));
    Ok(0)
}

/// The file with the routes as it is, and as template.yaml requires it.
pub(crate) fn read_routes_file(root: &Path) -> Result<(String, String)> {
    let actual = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    Ok((actual, format_routes(&Template::read(root)?.functions()?)))
}

fn format_routes(functions: &[Function]) -> String {
    let mut default = None;
    let mut paths = BTreeMap::<&str, Vec<(&Route, &str)>>::new();
    for function in functions {
        for route in &function.routes {
            if route.path == DEFAULT_PATH {
                default = Some(function.name.as_str());
            } else {
                paths.entry(&route.path).or_default().push((route, &function.name));
            }
        }
    }
    let mut text = HEADER.to_owned();
    let all: Vec<_> = paths.values().flatten().copied().collect();
    for (path, routes) in &paths {
        // A text takes whatever is written to it.
        let _ = writeln!(text, "{path:?} = [");
        for method in METHODS {
            let exact = routes.iter().find(|(route, _)| route.method == method);
            let found = exact.or_else(|| routes.iter().find(|(route, _)| route.method == "ANY"));
            let found = found.or_else(|| {
                all.iter().find(|(route, _)| route.method == method && route.matches_path(path))
            });
            if let Some(function) = found.map(|(_, function)| *function).or(default) {
                let _ = writeln!(text, "    {{ method = {method:?}, function = {function:?} }},");
            }
        }
        text.push_str("]\n");
    }
    for (path, function) in REST_PATHS.iter().zip(default.into_iter().cycle()) {
        let _ = writeln!(text, "{path:?} = {function:?}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, routes: &[(&str, &str)]) -> Function {
        let routes = routes.iter().map(|(method, path)| Route::new(method, path)).collect();
        Function {
            resource: String::new(),
            name: name.into(),
            routes,
            timeout: 3,
            allows_recursion: false,
        }
    }

    #[test]
    fn every_path_lists_every_method() {
        let text = format_routes(&[
            function("read", &[("GET", "/a/{id}")]),
            function("rest", &[("ANY", "$default")]),
        ]);
        assert!(text.contains(r#""/a/{id}" = ["#), "{text}");
        assert!(text.contains(r#"{ method = "GET", function = "read" }"#), "{text}");
        assert_eq!(text.matches(r#"function = "rest""#).count(), METHODS.len() - 1, "{text}");
        assert!(text.ends_with("\"/\" = \"rest\"\n\"/{*rest}\" = \"rest\"\n"), "{text}");
    }

    #[test]
    fn a_method_that_a_path_lacks_is_that_of_a_path_that_matches_it() {
        let text = format_routes(&[
            function("update", &[("PUT", "/a/update"), ("PUT", "/a/{id}")]),
            function("read", &[("GET", "/a/{id}")]),
        ]);
        let of_update = text.split("\"/a/update\" = [").nth(1).unwrap().split(']').next().unwrap();
        assert!(of_update.contains(r#"{ method = "GET", function = "read" }"#), "{text}");
        assert!(of_update.contains(r#"{ method = "PUT", function = "update" }"#), "{text}");
    }

    #[test]
    fn without_a_default_the_other_methods_stay_open() {
        let text = format_routes(&[function("read", &[("GET", "/a")]), function("queue", &[])]);
        assert_eq!(text.matches("method").count(), 1, "{text}");
        assert!(!text.contains("rest"), "{text}");
    }
}
