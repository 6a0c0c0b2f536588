//! The functions of the template with their binaries and routes.

use crate::{Template, value_at};
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::fmt;

/// The path of the route that takes what no other route takes.
pub const DEFAULT_PATH: &str = "$default";

/// The folder with the packages of all functions.
pub const PACKAGES: &str = "target/package";

pub struct Function {
    /// Logical name of the resource.
    pub resource: String,
    /// Name of the package, its folder and its binary. Several functions may run one binary.
    pub name: String,
    pub routes: Vec<Route>,
    /// Longest run, in seconds.
    pub timeout: u64,
    /// Whether it has `RecursiveLoop: Allow`.
    pub allows_recursion: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub path: String,
    /// In capitals; `ANY` for all.
    pub method: String,
}

impl Route {
    pub fn new(method: &str, path: &str) -> Self {
        Self { path: path.to_owned(), method: method.to_owned() }
    }

    /// Whether the path of this route has parameters and matches a more specific path, segment by
    /// segment: `/users/{id}` matches `/users/update`. API Gateway takes it for methods that the other
    /// path does not have.
    pub fn matches_path(&self, path: &str) -> bool {
        let (patterns, segments) = (self.path.split('/'), path.split('/'));
        self.path != path
            && patterns.clone().count() == segments.clone().count()
            && patterns.zip(segments).all(|(pattern, segment)| {
                pattern == segment || (pattern.starts_with('{') && !segment.starts_with('{'))
            })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Template {
    /// Every function, with routes or without.
    pub fn functions(&self) -> Result<Vec<Function>> {
        self.raw_resources("AWS::Serverless::Function")
            .map(|(logical, resource)| {
                self.read_function(logical, resource)
                    .with_context(|| format!("function {logical} of template.yaml"))
            })
            .collect()
    }

    /// The path of a function's route with this method.
    pub fn path(&self, function: &str, method: &str) -> Result<String> {
        let functions = self.functions()?;
        let routes = functions
            .into_iter()
            .filter(|known| known.name == function)
            .flat_map(|known| known.routes);
        let mut paths = routes.filter(|route| route.method == method).map(|route| route.path);
        paths.next().with_context(|| format!("template.yaml has no {method} route to {function}"))
    }

    fn read_function(&self, logical: &str, resource: &Value) -> Result<Function> {
        let events = value_at(resource, "/Properties/Events").as_object();
        let events = events.into_iter().flat_map(Map::values);
        let requests = events.filter(|event| value_at(event, "/Type") == "HttpApi");
        let routes = requests.map(|event| {
            let method = text_field(event, "/Properties/Method")?.to_uppercase();
            Ok(Route { path: text_field(event, "/Properties/Path")?, method })
        });
        Ok(Function {
            resource: logical.to_owned(),
            name: read_binary(resource)?,
            routes: routes.collect::<Result<_>>()?,
            timeout: self.timeout(resource)?,
            allows_recursion: value_at(resource, "/Properties/RecursiveLoop") == "Allow",
        })
    }
}

/// The binary of a function: the last part of the folder of its package.
fn read_binary(resource: &Value) -> Result<String> {
    let folder = text_field(resource, "/Properties/CodeUri")?;
    let name = folder.strip_prefix(PACKAGES).and_then(|rest| rest.strip_prefix('/'));
    Ok(name.with_context(|| format!("{folder} is not under {PACKAGES}"))?.to_owned())
}

fn text_field(value: &Value, pointer: &str) -> Result<String> {
    Ok(value_at(value, pointer)
        .as_str()
        .with_context(|| format!("{pointer} is missing"))?
        .to_owned())
}
