//! Reads the calls from the log of the functions, and adds those that Lambda makes for them.

use anyhow::{Context, Result};
use people_template::{AwsCall, Function, Template, value_at};
use std::collections::BTreeMap;

/// The calls that Lambda makes with the role of a function that the template defines: it polls queues and writes the log.
pub(super) fn list_lambda_calls(
    template: &Template,
    function: &Function,
) -> Result<Vec<(String, AwsCall)>> {
    let sources = template.event_sources()?.into_iter();
    let queues = sources.filter(|source| source.function == function.resource);
    let polls = queues.flat_map(|source| {
        ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]
            .map(|action| (format!("sqs:{action}"), source.queue.clone()))
    });
    let logs = ["CreateLogStream", "PutLogEvents"]
        .map(|action| (format!("logs:{action}"), format!("{}Logs", function.resource)));
    let calls = polls.chain(logs);
    Ok(calls
        .map(|(action, resource)| {
            (function.resource.clone(), AwsCall { action, resource, key: None })
        })
        .collect())
}

/// The logical names of the resources that the variables of the functions refer to.
pub(super) struct NamedResources {
    pub(super) table: String,
    bucket: String,
    /// Logical names by variable.
    queues: BTreeMap<String, String>,
}

impl NamedResources {
    pub(super) fn read(template: &Template) -> Result<Self> {
        let variables = template.value("/Globals/Function/Environment/Variables");
        let named = |name: &str| {
            let resource = value_at(variables, &format!("/{name}/Ref")).as_str();
            resource.map(str::to_owned).with_context(|| format!("no variable {name}"))
        };
        let names = variables.as_object().into_iter().flat_map(|variables| variables.keys());
        let queues = names.filter(|name| name.ends_with("_QUEUE_URL"));
        Ok(Self {
            table: named("TABLE_NAME")?,
            bucket: named("PAYLOAD_BUCKET")?,
            queues: queues.map(|name| Ok((name.clone(), named(name)?))).collect::<Result<_>>()?,
        })
    }

    /// Reads one line of the log: function, action, and the key or resource.
    pub(super) fn parse_call(&self, line: &str) -> Result<(String, AwsCall)> {
        let mut parts = line.split('\t');
        let mut next = || parts.next().map(str::to_owned).context("a part is missing");
        let (function, action, on) = (next()?, next()?, next()?);
        let (resource, key) = match action.split(':').next() {
            Some("dynamodb") => (self.table.clone(), Some(on)),
            Some("s3") => (self.bucket.clone() + &on, None),
            _ => (self.queues.get(&on).cloned().context("no variable names this queue")?, None),
        };
        Ok((function, AwsCall { action, resource, key }))
    }
}
