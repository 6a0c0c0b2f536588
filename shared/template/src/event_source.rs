//! The event source mappings of the template: which queue feeds which function, and how.

use crate::{ResolvedNames, Template, value_at};
use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// The value that SAM assumes when the template has none.
const DEFAULT_BATCH_SIZE: &str = "10";
const DEFAULT_TIMEOUT: &str = "3";

pub struct EventSource {
    /// Logical name of the function.
    pub function: String,
    /// Longest run of the function, in seconds.
    pub timeout: u64,
    /// Logical name of the queue.
    pub queue: String,
    /// Most messages of one invocation.
    pub batch_size: usize,
    /// Most invocations that run at the same time, if that is limited.
    pub concurrency: Option<usize>,
    /// Whether the response of the function names the messages that failed.
    pub reports_batch_item_failures: bool,
}

impl Template {
    /// Every queue that feeds a function, in the order of the file.
    pub fn event_sources(&self) -> Result<Vec<EventSource>> {
        let mut sources = Vec::new();
        for (logical, function) in self.raw_resources("AWS::Serverless::Function") {
            let events = value_at(function, "/Properties/Events").as_object();
            for event in events.into_iter().flat_map(Map::values) {
                if value_at(event, "/Type") == "SQS" {
                    let source =
                        self.read_event_source(logical, function, value_at(event, "/Properties"));
                    sources.push(source.with_context(|| format!("an event of {logical}"))?);
                }
            }
        }
        Ok(sources)
    }

    /// Most functions that the queues run at the same time: the sum of the limits of their mappings.
    pub fn queue_concurrency(&self) -> Result<usize> {
        let sources = self.event_sources()?.into_iter();
        Ok(sources.filter_map(|source| source.concurrency).sum())
    }

    /// Longest run of a function, in seconds.
    pub(crate) fn timeout(&self, function: &Value) -> Result<u64> {
        let own = value_at(function, "/Properties/Timeout");
        let global = value_at(&self.document, "/Globals/Function/Timeout");
        let timeout = [own, global].into_iter().find(|timeout| !timeout.is_null());
        self.resolve_number(timeout, DEFAULT_TIMEOUT)
    }

    fn read_event_source(
        &self,
        logical: &str,
        function: &Value,
        event: &Value,
    ) -> Result<EventSource> {
        let limit = value_at(event, "/ScalingConfig/MaximumConcurrency");
        let types = value_at(event, "/FunctionResponseTypes").as_array();
        let batch_size = self.resolve_number(event.get("BatchSize"), DEFAULT_BATCH_SIZE)?;
        Ok(EventSource {
            function: logical.to_owned(),
            timeout: self.timeout(function)?,
            queue: value_at(event, "/Queue/Fn::GetAtt/0")
                .as_str()
                .context("no !GetAtt")?
                .to_owned(),
            batch_size: usize::try_from(batch_size)?,
            concurrency: match limit {
                Value::Null => None,
                limit => Some(usize::try_from(self.resolve_number(Some(limit), "")?)?),
            },
            reports_batch_item_failures: types
                .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures")),
        })
    }

    fn resolve_number(&self, value: Option<&Value>, default: &str) -> Result<u64> {
        let text = match value {
            Some(value) => self.resolve(value, &ResolvedNames::new())?,
            None => default.to_owned(),
        };
        text.parse().with_context(|| format!("{text} is not a number"))
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
        let printed = sources.iter().map(|source| {
            let EventSource { function, timeout, queue, batch_size, concurrency, .. } = source;
            let reports = source.reports_batch_item_failures;
            format!("{queue} -> {function} {timeout} {batch_size} {concurrency:?} {reports}")
        });
        let expected = ["Full -> One 60 1 Some(7) true", "Bare -> Two 10 10 None false"];
        assert_eq!(printed.collect::<Vec<_>>(), expected);
    }
}
