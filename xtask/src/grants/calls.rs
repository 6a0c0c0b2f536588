//! Where calls come from: the log that functions write, and what Lambda does for them.

use crate::template::{Call, Function, Template, field};
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// The calls that Lambda makes in the name of a function whose role the template writes: it polls its queues and ships its
/// log.
pub(super) fn calls_of_lambda(
    template: &Template,
    function: &Function,
) -> Result<Vec<(String, Call)>> {
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
        .map(|(action, resource)| (function.resource.clone(), Call { action, resource, key: None }))
        .collect())
}

/// The logical names behind the variables that functions are given.
pub(super) struct Resources {
    pub(super) table: String,
    bucket: String,
    /// By variable.
    queues: BTreeMap<String, String>,
}

impl Resources {
    pub(super) fn read(template: &Template) -> Result<Self> {
        let variables = template.value("/Globals/Function/Environment/Variables");
        let named = |name: &str| {
            let resource = field(variables, &format!("/{name}/Ref")).as_str();
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

    /// One line of the log: function, action, and what it was done to.
    pub(super) fn call(&self, line: &str) -> Result<(String, Call)> {
        let mut parts = line.split('\t');
        let mut next = || parts.next().map(str::to_owned).context("a part is missing");
        let (function, action, on) = (next()?, next()?, next()?);
        let (resource, key) = match action.split(':').next() {
            Some("dynamodb") => (self.table.clone(), Some(on)),
            Some("s3") => (self.bucket.clone() + &on, None),
            _ => (self.queues.get(&on).cloned().context("a queue that no variable names")?, None),
        };
        Ok((function, Call { action, resource, key }))
    }
}
