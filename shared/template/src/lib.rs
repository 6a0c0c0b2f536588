//! Reads template.yaml, which defines routes, functions, table, queues and bucket.

mod event_source;
mod function;
mod intrinsics;
mod policy;
mod resolve;

use anyhow::{Context, Result, ensure};
pub use event_source::EventSource;
pub use function::{DEFAULT_PATH, Function, PACKAGES, Route};
pub use policy::{AwsCall, Sender, Statement};
pub use resolve::ResolvedNames;
use serde_json::{Map, Value};
use std::path::Path;

/// The parsed template.
#[derive(Debug)]
pub struct Template {
    document: Value,
}

/// A resource: its logical name and its properties.
pub struct Resource<'t> {
    pub name: &'t str,
    pub properties: &'t Value,
}

impl Template {
    /// Reads the template in the folder of the workspace.
    ///
    /// # Errors
    /// When it can't be read or parsed.
    pub fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join("template.yaml"))
            .context("can't read template.yaml")?;
        Self::parse(&text)
    }

    /// Parses the text of a template.
    ///
    /// # Errors
    /// When it is not YAML, or has no resources.
    pub fn parse(text: &str) -> Result<Self> {
        let document = intrinsics::expand_intrinsics(
            serde_norway::from_str(text).context("template.yaml is not YAML")?,
        )?;
        ensure!(
            document.get("Resources").is_some_and(Value::is_object),
            "template.yaml has no Resources"
        );
        Ok(Self { document })
    }

    /// The value at a pointer of the document.
    pub fn value(&self, pointer: &str) -> &Value {
        value_at(&self.document, pointer)
    }

    /// The resources of one type, such as `AWS::SQS::Queue`, in the order of the file.
    pub fn resources(&self, kind: &str) -> impl Iterator<Item = Resource<'_>> {
        self.raw_resources(kind).map(|(name, resource)| Resource {
            name,
            properties: value_at(resource, "/Properties"),
        })
    }

    fn raw_resources(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let all = self
            .document
            .get("Resources")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::iter);
        all.filter(move |(_, resource)| value_at(resource, "/Type") == kind)
            .map(|(name, value)| (name.as_str(), value))
    }
}

/// The value at the pointer, null if there is none.
pub fn value_at<'t>(value: &'t Value, pointer: &str) -> &'t Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}
