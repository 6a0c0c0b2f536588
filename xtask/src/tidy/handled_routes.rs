//! Compares the routes of template.yaml with those that the functions handle. Only both together work: API Gateway sends
//! a request to a function by the template, and the function finds the handler by its own router.

use anyhow::{Context, Result, bail, ensure};
use people_template::{DEFAULT_PATH, Route, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprMethodCall, ExprPath, File, Item, ItemFn, Lit, Local, Pat};

/// Methods of axum that add a handler for one method of HTTP.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// The differences, a sentence each.
pub(super) fn find_problems(root: &Path, template: &Template) -> Result<Vec<String>> {
    let mut routed = BTreeMap::<String, BTreeSet<Route>>::new();
    for function in template.functions()? {
        routed.entry(function.name).or_default().extend(function.routes);
    }
    let mut problems = Vec::new();
    for (name, expected) in routed.iter().filter(|(_, routes)| !routes.is_empty()) {
        let path = root.join("functions").join(name).join("src/lib.rs");
        let source = std::fs::read_to_string(&path);
        let source = source.with_context(|| format!("can't read {}", path.display()))?;
        let handled = read_handled_routes(&source).with_context(|| format!("routes of {name}"))?;
        let unhandled = expected.difference(&handled);
        problems.extend(
            unhandled
                .map(|route| format!("{name} does not handle {route}, which template.yaml has")),
        );
        let unrouted = handled.difference(expected);
        problems.extend(
            unrouted.map(|route| format!("template.yaml lacks {route}, which {name} handles")),
        );
    }
    Ok(problems)
}

/// The routes in the function `routes` of a source: `.route("/path", get(handler))`, and `.fallback(handler)`.
fn read_handled_routes(source: &str) -> Result<BTreeSet<Route>> {
    let file: File = syn::parse_file(source)?;
    let function = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "routes" => Some(function),
        _ => None,
    });
    let function: &ItemFn = function.context("no function `routes`")?;
    let mut reader = RouteReader::default();
    reader.visit_item_fn(function);
    ensure!(reader.errors.is_empty(), "{}", reader.errors.join("; "));
    Ok(reader.routes)
}

#[derive(Default)]
struct RouteReader {
    /// Paths that are bound to variables.
    variables: BTreeMap<String, String>,
    routes: BTreeSet<Route>,
    errors: Vec<String>,
}

impl Visit<'_> for RouteReader {
    fn visit_local(&mut self, local: &Local) {
        if let (Pat::Ident(variable), Some(init)) = (&local.pat, &local.init)
            && let Some(text) = read_literal(&init.expr)
        {
            self.variables.insert(variable.ident.to_string(), text);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if call.method == "fallback" {
            self.routes.insert(Route::new("ANY", DEFAULT_PATH));
        }
        if call.method == "route" {
            match self.read_route(call) {
                Ok(routes) => self.routes.extend(routes),
                Err(error) => self.errors.push(error.to_string()),
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

impl RouteReader {
    fn read_route(&self, call: &ExprMethodCall) -> Result<Vec<Route>> {
        let (Some(path), Some(handlers)) = (call.args.get(0), call.args.get(1)) else {
            bail!("a route without path and handler");
        };
        let variable = match path {
            Expr::Path(ExprPath { path, .. }) => path.get_ident(),
            _ => None,
        };
        let variable = variable.and_then(|name| self.variables.get(&name.to_string()).cloned());
        let path = variable.or_else(|| read_literal(path)).context("a path that is not a text")?;
        let methods = read_methods(handlers)?;
        Ok(methods.iter().map(|method| Route::new(method, &path)).collect())
    }
}

fn read_literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// The methods of `get(handler)` and `get(handler).post(handler)`.
fn read_methods(handlers: &Expr) -> Result<Vec<String>> {
    let (mut methods, name) = match handlers {
        Expr::Call(call) => match &*call.func {
            Expr::Path(ExprPath { path, .. }) => {
                (Vec::new(), path.segments.last().map(|segment| segment.ident.to_string()))
            }
            _ => bail!("a handler that is not understood"),
        },
        Expr::MethodCall(call) => (read_methods(&call.receiver)?, Some(call.method.to_string())),
        _ => bail!("a handler that is not understood"),
    };
    let name = name.unwrap_or_default();
    ensure!(METHODS.contains(&name.as_str()), "the handler of {name} is not understood");
    methods.push(name.to_uppercase());
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_from_the_source() {
        let source = r#"
            pub fn routes() -> Routes {
                let path = "/a/{id}";
                Routes::new()
                    .route(path, get(read).put(write))
                    .route("/b", axum::routing::post(list))
                    .fallback(unknown)
            }
        "#;
        let routes = read_handled_routes(source).unwrap();
        let routes: Vec<_> = routes.iter().map(ToString::to_string).collect();
        assert_eq!(routes, ["ANY $default", "GET /a/{id}", "PUT /a/{id}", "POST /b"]);
    }

    #[test]
    fn a_route_that_is_not_understood_is_an_error() {
        for routes in [
            "fn other() {}",
            "fn routes() { r.route(PATH, get(a)) }",
            "fn routes() { r.route(\"/\", any(a)) }",
        ] {
            assert!(read_handled_routes(routes).is_err(), "{routes}");
        }
    }

    #[test]
    fn differences_are_found_in_both_directions() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("functions/read/src");
        std::fs::create_dir_all(&source).unwrap();
        let routes = "fn routes() { r.route(\"/a\", get(a)).route(\"/c\", get(c)) }";
        std::fs::write(source.join("lib.rs"), routes).unwrap();
        let template = "
Resources:
  Read:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/read
      Events:
        A: { Type: HttpApi, Properties: { Path: /a, Method: get } }
        B: { Type: HttpApi, Properties: { Path: /b, Method: put } }
";
        let template = Template::parse(template).unwrap();
        let expected = [
            "read does not handle PUT /b, which template.yaml has",
            "template.yaml lacks GET /c, which read handles",
        ];
        assert_eq!(find_problems(folder.path(), &template).unwrap(), expected);
    }
}
