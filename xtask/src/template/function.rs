//! The functions of the template: their binaries and routes.

use super::{Template, field};
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The path of the route that takes what no other takes.
pub(crate) const DEFAULT_PATH: &str = "$default";

/// The folder of the packages of all functions.
pub(crate) const PACKAGES: &str = "target/package";

pub(crate) struct Function {
    /// Logical name of the resource.
    pub(crate) resource: String,
    /// Name of the package, its folder and its binary. Several functions may run one binary.
    pub(crate) name: String,
    pub(crate) routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) path: String,
    /// In capitals; `ANY` for all.
    pub(crate) method: String,
}

impl Template {
    /// Every function, with routes or without.
    pub(crate) fn functions(&self) -> Result<Vec<Function>> {
        self.raw("AWS::Serverless::Function")
            .map(|(logical, resource)| {
                read(logical, resource)
                    .with_context(|| format!("function {logical} of template.yaml"))
            })
            .collect()
    }

    /// Functions that run the binary of one before them in the file: they have instances of their own.
    pub(crate) fn further_functions(&self) -> Result<Vec<Function>> {
        let mut seen = BTreeSet::new();
        let functions = self.functions()?.into_iter();
        Ok(functions.filter(|function| !seen.insert(function.name.clone())).collect())
    }

    /// The path of a function's route with this method.
    pub(crate) fn path(&self, function: &str, method: &str) -> Result<String> {
        let functions = self.functions()?;
        let routes = functions
            .into_iter()
            .filter(|known| known.name == function)
            .flat_map(|known| known.routes);
        let mut paths = routes.filter(|route| route.method == method).map(|route| route.path);
        paths.next().with_context(|| format!("template.yaml has no {method} route to {function}"))
    }
}

fn read(logical: &str, resource: &Value) -> Result<Function> {
    let name = binary(resource)?;
    let events =
        field(resource, "/Properties/Events").as_object().into_iter().flat_map(Map::values);
    let requests = events.filter(|event| field(event, "/Type") == "HttpApi");
    let routes = requests.map(|event| {
        let method = text(event, "/Properties/Method")?.to_uppercase();
        Ok(Route { path: text(event, "/Properties/Path")?, method })
    });
    let routes = routes.collect::<Result<_>>()?;
    Ok(Function { resource: logical.to_owned(), name, routes })
}

/// The binary of a function: the last part of the folder of its package.
pub(super) fn binary(resource: &Value) -> Result<String> {
    let folder = text(resource, "/Properties/CodeUri")?;
    let name = folder.strip_prefix(PACKAGES).and_then(|rest| rest.strip_prefix('/'));
    Ok(name.with_context(|| format!("{folder} is not under {PACKAGES}"))?.to_owned())
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    Ok(field(value, pointer).as_str().with_context(|| format!("{pointer} is missing"))?.to_owned())
}
