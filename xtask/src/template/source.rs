//! The event source mappings of the template: which queue feeds which function, and how.

use super::function::binary;
use super::{Names, Template, field};
use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// What SAM takes when the template does not say.
const BATCH: &str = "10";
const TIMEOUT: &str = "3";

pub(crate) struct EventSource {
    /// Logical name of the function.
    pub(crate) function: String,
    /// Name of its package and binary.
    pub(crate) binary: String,
    /// Longest run of the function, in seconds.
    pub(crate) timeout: u64,
    /// Logical name of the queue.
    pub(crate) queue: String,
    /// Most messages of one invocation.
    pub(crate) batch: usize,
    /// Most invocations at once, if that is limited.
    pub(crate) concurrency: Option<usize>,
    /// Whether the function's answer names the messages that failed.
    pub(crate) names_failures: bool,
}

impl Template {
    /// Every queue that feeds a function, in the order of the file.
    pub(crate) fn event_sources(&self) -> Result<Vec<EventSource>> {
        let mut sources = Vec::new();
        for (logical, function) in self.raw("AWS::Serverless::Function") {
            let events = field(function, "/Properties/Events").as_object();
            for event in events.into_iter().flat_map(Map::values) {
                if field(event, "/Type") == "SQS" {
                    let source = self.event_source(logical, function, field(event, "/Properties"));
                    sources.push(source.with_context(|| format!("an event of {logical}"))?);
                }
            }
        }
        Ok(sources)
    }

    /// Most functions that the queues run at once: the sum of what their mappings may.
    pub(crate) fn queue_concurrency(&self) -> Result<usize> {
        let sources = self.event_sources()?.into_iter();
        Ok(sources.filter_map(|source| source.concurrency).sum())
    }

    fn event_source(&self, logical: &str, function: &Value, event: &Value) -> Result<EventSource> {
        let own = field(function, "/Properties/Timeout");
        let all = field(&self.document, "/Globals/Function/Timeout");
        let timeout = [own, all].into_iter().find(|timeout| !timeout.is_null());
        let limit = field(event, "/ScalingConfig/MaximumConcurrency");
        let answers = field(event, "/FunctionResponseTypes").as_array();
        Ok(EventSource {
            function: logical.to_owned(),
            binary: binary(function)?,
            timeout: self.number(timeout, TIMEOUT)?,
            queue: field(event, "/Queue/Fn::GetAtt/0").as_str().context("no !GetAtt")?.to_owned(),
            batch: usize::try_from(self.number(event.get("BatchSize"), BATCH)?)?,
            concurrency: match limit {
                Value::Null => None,
                limit => Some(usize::try_from(self.number(Some(limit), "")?)?),
            },
            names_failures: answers
                .is_some_and(|answers| answers.iter().any(|one| one == "ReportBatchItemFailures")),
        })
    }

    fn number(&self, value: Option<&Value>, default: &str) -> Result<u64> {
        let text = match value {
            Some(value) => self.resolve(value, &Names::new())?,
            None => default.to_owned(),
        };
        text.parse().with_context(|| format!("{text} is no number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Parameters: { Most: { Type: Number, Default: 7 } }
Globals: { Function: { Timeout: 10 } }
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/one
      Timeout: 60
      Events:
        Request: { Type: HttpApi, Properties: { Path: / } }
        Full:
          Type: SQS
          Properties:
            Queue: !GetAtt Full.Arn
            BatchSize: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: { MaximumConcurrency: !Ref Most }
  Two:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: target/package/two, Events: { Bare: { Type: SQS, Properties: { Queue: !GetAtt Bare.Arn } } } }
";

    #[test]
    fn a_mapping_is_read_with_its_defaults() {
        let sources = Template::parse(TEMPLATE).unwrap().event_sources().unwrap();
        let told = sources.iter().map(|source| {
            let EventSource { function, binary, timeout, queue, batch, .. } = source;
            let (concurrency, names_failures) = (source.concurrency, source.names_failures);
            format!(
                "{queue} -> {function} {binary} {timeout} {batch} {concurrency:?} {names_failures}"
            )
        });
        let expected = ["Full -> One one 60 1 Some(7) true", "Bare -> Two two 10 10 None false"];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}
