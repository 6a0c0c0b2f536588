//! Checks the settings of each queue. Three things must never happen: a second worker that takes a message while the first
//! still works, a good message that is handled again because another one of its batch failed, and a message that is lost
//! without a trace.

use anyhow::Result;
use people_template::{EventSource, ResolvedNames, Template, value_at};
use serde_json::Value;

/// The visibility timeout of a queue as a multiple of the function's timeout. AWS recommends it, because a batch that was
/// throttled waits before it is handled.
const VISIBILITY_FACTOR: u64 = 6;

/// The variable with the lease of a chunk, in seconds.
const LEASE_POINTER: &str = "/Globals/Function/Environment/Variables/CHUNK_LEASE_SECONDS";

/// The visibility timeout that SQS assumes, in seconds.
const DEFAULT_VISIBILITY_TIMEOUT: u64 = 30;

/// The problems, a sentence each.
pub(super) fn find_problems(template: &Template) -> Result<Vec<String>> {
    let sources = template.event_sources()?;
    let dead_letter_queues: Vec<_> = dead_letter_queues(template).collect();
    let is_read = |name: &str| sources.iter().any(|source| source.queue == name);
    let all = template.resources("AWS::SQS::Queue").map(|queue| queue.name);
    let unread = all.filter(|name| !is_read(name)).map(|name| format!("no function reads {name}"));
    let mut problems: Vec<_> = unread.collect();
    let lease = match template.value(LEASE_POINTER) {
        Value::Null => None,
        value => Some(template.resolve(value, &ResolvedNames::new())?.parse::<u64>()?),
    };
    for source in &sources {
        let EventSource { queue, function, .. } = source;
        problems.extend(check_timeouts(source, visibility_timeout(template, queue)?, lease));
        let is_dead_letter_queue = dead_letter_queues.iter().any(|(_, target)| target == queue);
        let has_dead_letter_queue =
            dead_letter_queues.iter().any(|(from, target)| from == queue && is_read(target));
        if !is_dead_letter_queue && !has_dead_letter_queue {
            problems.push(format!("{queue} has no dead-letter queue that a function reads"));
        }
        if !source.reports_batch_item_failures {
            problems.push(format!("{function} can't report which messages of {queue} failed"));
        }
        if source.concurrency.is_none() {
            problems.push(format!("nothing limits the concurrency of {function} for {queue}"));
        }
    }
    Ok(problems)
}

/// Compares the timeout of the function, the lease of a chunk, and the time for which the queue hides a message.
fn check_timeouts(source: &EventSource, hidden: u64, lease: Option<u64>) -> Vec<String> {
    let EventSource { queue, function, timeout, .. } = source;
    let mut problems = Vec::new();
    if let Some(lease) = lease.filter(|lease| lease <= timeout) {
        problems.push(format!(
            "{function} may take {timeout} s, but the lease of its chunk ends after {lease} s"
        ));
    }
    if let Some(lease) = lease.filter(|lease| hidden <= *lease) {
        problems.push(format!(
            "{queue} hides a message for {hidden} s, but its chunk is leased for {lease} s"
        ));
    }
    let required = timeout.saturating_mul(VISIBILITY_FACTOR);
    if hidden < required {
        problems.push(format!(
            "{queue} hides a message for {hidden} s; {function} may take {timeout} s, so it needs {required} s"
        ));
    }
    problems
}

/// Each queue that has a dead-letter queue, with the latter.
pub(super) fn dead_letter_queues(template: &Template) -> impl Iterator<Item = (String, String)> {
    template.resources("AWS::SQS::Queue").filter_map(|queue| {
        let target = value_at(queue.properties, "/RedrivePolicy/deadLetterTargetArn/Fn::GetAtt/0");
        Some((queue.name.to_owned(), target.as_str()?.to_owned()))
    })
}

fn visibility_timeout(template: &Template, name: &str) -> Result<u64> {
    let mut queues = template.resources("AWS::SQS::Queue");
    let Some(queue) = queues.find(|queue| queue.name == name) else { return Ok(0) };
    match value_at(queue.properties, "/VisibilityTimeout") {
        Value::Null => Ok(DEFAULT_VISIBILITY_TIMEOUT),
        value => Ok(template.resolve(value, &ResolvedNames::new())?.parse()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "
Globals: { Function: { Environment: { Variables: { CHUNK_LEASE_SECONDS: 21 } } } }
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/work
      Timeout: 20
      Events:
        Good: { Type: SQS, Properties: { Queue: !GetAtt Good.Arn, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 2 } } }
        Bad: { Type: SQS, Properties: { Queue: !GetAtt Bad.Arn, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 2 } } }
  Good: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 120, RedrivePolicy: { deadLetterTargetArn: !GetAtt Bad.Arn, maxReceiveCount: 5 } } }
  Bad: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 120 } }
";

    #[track_caller]
    fn check(from: &str, to: &str, expected: &[&str]) {
        assert!(VALID.contains(from));
        let template = Template::parse(&VALID.replacen(from, to, 1)).unwrap();
        assert_eq!(find_problems(&template).unwrap(), expected);
    }

    #[test]
    fn a_valid_template_has_no_problem() {
        check("", "", &[]);
    }

    #[test]
    fn a_queue_that_no_one_reads_is_a_problem() {
        check(
            "Queue: !GetAtt Bad.Arn",
            "Queue: !GetAtt Elsewhere.Arn",
            &[
                "no function reads Bad",
                "Good has no dead-letter queue that a function reads",
                "Elsewhere hides a message for 0 s, but its chunk is leased for 21 s",
                "Elsewhere hides a message for 0 s; Work may take 20 s, so it needs 120 s",
                "Elsewhere has no dead-letter queue that a function reads",
            ],
        );
    }

    #[test]
    fn each_fault_is_named() {
        check(
            "VisibilityTimeout: 120",
            "VisibilityTimeout: 119",
            &["Good hides a message for 119 s; Work may take 20 s, so it needs 120 s"],
        );
        let late = "Work may take 20 s, but the lease of its chunk ends after 20 s";
        check("CHUNK_LEASE_SECONDS: 21", "CHUNK_LEASE_SECONDS: 20", &[late, late]);
        check(
            "CHUNK_LEASE_SECONDS: 21",
            "CHUNK_LEASE_SECONDS: 120",
            &[
                "Good hides a message for 120 s, but its chunk is leased for 120 s",
                "Bad hides a message for 120 s, but its chunk is leased for 120 s",
            ],
        );
        check(
            "deadLetterTargetArn: !GetAtt Bad.Arn",
            "deadLetterTargetArn: !GetAtt Other.Arn",
            &[
                "Good has no dead-letter queue that a function reads",
                "Bad has no dead-letter queue that a function reads",
            ],
        );
        check(
            "FunctionResponseTypes: [ReportBatchItemFailures]",
            "FunctionResponseTypes: []",
            &["Work can't report which messages of Good failed"],
        );
        check(
            "ScalingConfig: { MaximumConcurrency: 2 }",
            "ScalingConfig: {}",
            &["nothing limits the concurrency of Work for Good"],
        );
    }
}
