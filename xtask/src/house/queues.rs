//! What holds for each queue. What must not be: a message that a second worker takes while the
//! first is at it, one good message done again for a bad one beside it, or a message lost without a word.

use crate::template::{EventSource, Names, Template, field};
use anyhow::Result;
use serde_json::Value;

/// A queue hides a message for so many times its function's timeout: Lambda asks for it, since a batch that was
/// throttled waits before it is given out.
const TIMES: u64 = 6;

/// How long a worker has a chunk to itself, in seconds, as the functions' environment says.
const LEASE: &str = "/Globals/Function/Environment/Variables/CHUNK_LEASE_SECONDS";

/// How long a queue hides a message when the template does not say, in seconds.
const HIDES: u64 = 30;

/// The faults, a sentence each.
pub(super) fn problems(template: &Template) -> Result<Vec<String>> {
    let sources = template.event_sources()?;
    let dead: Vec<_> = dead_letters(template).collect();
    let read = |name: &str| sources.iter().any(|source| source.queue == name);
    let all = template.resources("AWS::SQS::Queue").map(|queue| queue.name);
    let idle = all.filter(|name| !read(name)).map(|name| format!("no function reads {name}"));
    let mut problems: Vec<_> = idle.collect();
    let lease = match template.value(LEASE) {
        Value::Null => None,
        value => Some(template.resolve(value, &Names::new())?.parse::<u64>()?),
    };
    for source in &sources {
        let EventSource { queue, function, timeout, .. } = source;
        let (hidden, due) = (hidden(template, queue)?, timeout.saturating_mul(TIMES));
        if let Some(lease) = lease {
            if lease <= *timeout {
                problems.push(format!(
                    "{function} may take {timeout} s, and another has its chunk after {lease} s"
                ));
            }
            if hidden <= lease {
                problems.push(format!(
                    "{queue} shows a message after {hidden} s, though its chunk is taken for {lease} s"
                ));
            }
        }
        if hidden < due {
            problems.push(format!(
                "{queue} hides a message for {hidden} s; {function} may take {timeout} s, so {due} s are due"
            ));
        }
        let is_dead = dead.iter().any(|(_, letters)| letters == queue);
        if !is_dead && !dead.iter().any(|(from, letters)| from == queue && read(letters)) {
            problems.push(format!("{queue} has no dead-letter queue that a function reads"));
        }
        if !source.names_failures {
            problems.push(format!("{function} can't name the messages of {queue} that failed"));
        }
        if source.concurrency.is_none() {
            problems.push(format!("nothing limits how often {function} runs at once for {queue}"));
        }
    }
    Ok(problems)
}

/// Each queue that has a dead-letter queue, and that one.
pub(super) fn dead_letters(template: &Template) -> impl Iterator<Item = (String, String)> {
    template.resources("AWS::SQS::Queue").filter_map(|queue| {
        let target = field(queue.properties, "/RedrivePolicy/deadLetterTargetArn/Fn::GetAtt/0");
        Some((queue.name.to_owned(), target.as_str()?.to_owned()))
    })
}

fn hidden(template: &Template, name: &str) -> Result<u64> {
    let mut queues = template.resources("AWS::SQS::Queue");
    let Some(queue) = queues.find(|queue| queue.name == name) else { return Ok(0) };
    match field(queue.properties, "/VisibilityTimeout") {
        Value::Null => Ok(HIDES),
        value => Ok(template.resolve(value, &Names::new())?.parse()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "
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
        assert!(SOUND.contains(from));
        let template = Template::parse(&SOUND.replacen(from, to, 1)).unwrap();
        assert_eq!(problems(&template).unwrap(), expected);
    }

    #[test]
    fn a_sound_template_has_no_problem() {
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
                "Elsewhere shows a message after 0 s, though its chunk is taken for 21 s",
                "Elsewhere hides a message for 0 s; Work may take 20 s, so 120 s are due",
                "Elsewhere has no dead-letter queue that a function reads",
            ],
        );
    }

    #[test]
    fn each_fault_is_named() {
        check(
            "VisibilityTimeout: 120",
            "VisibilityTimeout: 119",
            &["Good hides a message for 119 s; Work may take 20 s, so 120 s are due"],
        );
        let late = "Work may take 20 s, and another has its chunk after 20 s";
        check("CHUNK_LEASE_SECONDS: 21", "CHUNK_LEASE_SECONDS: 20", &[late, late]);
        check(
            "CHUNK_LEASE_SECONDS: 21",
            "CHUNK_LEASE_SECONDS: 120",
            &[
                "Good shows a message after 120 s, though its chunk is taken for 120 s",
                "Bad shows a message after 120 s, though its chunk is taken for 120 s",
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
            &["Work can't name the messages of Good that failed"],
        );
        check(
            "ScalingConfig: { MaximumConcurrency: 2 }",
            "ScalingConfig: {}",
            &["nothing limits how often Work runs at once for Good"],
        );
    }
}
