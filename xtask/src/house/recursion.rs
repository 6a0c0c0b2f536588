//! Functions that feed themselves by way of queues. Lambda ends a chain of requests that invokes a function about 16
//! times, unless the function allows recursion. What must not be: a chain of work that is ended before its last part, or
//! a loop by mistake that is not ended.

use super::queues::dead_letters;
use crate::template::Template;
use anyhow::Result;
use std::collections::BTreeSet;

/// A function or queue on the way of a message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    Function(String),
    Queue(String),
}

/// From one stop to the next.
type Way = (Stop, Stop);

/// The faults, a sentence each.
pub(super) fn problems(template: &Template) -> Result<Vec<String>> {
    let ways = ways(template)?;
    let problem = |function: String, allows_recursion: bool| {
        let stop = Stop::Function(function.clone());
        match (reached(&ways, &stop).contains(&stop), allows_recursion) {
            (true, false) => {
                Some(format!("{function} feeds itself and needs `RecursiveLoop: Allow`"))
            }
            (false, true) => {
                Some(format!("{function} has `RecursiveLoop: Allow` and does not feed itself"))
            }
            _ => None,
        }
    };
    let senders = template.senders()?.into_iter();
    Ok(senders.filter_map(|sender| problem(sender.function, sender.allows_recursion)).collect())
}

/// Functions send to queues, queues drive functions, and what fails too often goes to a dead-letter queue.
fn ways(template: &Template) -> Result<Vec<Way>> {
    let mut ways = Vec::new();
    for sender in template.senders()? {
        let function = Stop::Function(sender.function);
        ways.extend(sender.queues.into_iter().map(|queue| (function.clone(), Stop::Queue(queue))));
    }
    let sources = template.event_sources()?.into_iter();
    ways.extend(sources.map(|source| (Stop::Queue(source.queue), Stop::Function(source.function))));
    ways.extend(dead_letters(template).map(|(from, to)| (Stop::Queue(from), Stop::Queue(to))));
    Ok(ways)
}

/// All that one or more ways lead to.
fn reached(ways: &[Way], from: &Stop) -> BTreeSet<Stop> {
    let mut reached = BTreeSet::new();
    let mut left = vec![from];
    while let Some(stop) = left.pop() {
        let next = ways.iter().filter(|(from, _)| from == stop).map(|(_, to)| to);
        left.extend(next.filter(|to| reached.insert((*to).clone())));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "
Resources:
  Split:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/split
      Policies: [{ Statement: [{ Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Parts.Arn }] }]
      Events: { Split: { Type: SQS, Properties: { Queue: !GetAtt Whole.Arn } } }
  Apply:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/apply
      RecursiveLoop: Allow
      Policies: [{ Statement: [{ Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Parts.Arn }] }]
      Events: { Part: { Type: SQS, Properties: { Queue: !GetAtt Parts.Arn } } }
  Settle:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/settle
      RecursiveLoop: Allow
      Policies: [{ Statement: [{ Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Parts.Arn }] }]
      Events: { Letter: { Type: SQS, Properties: { Queue: !GetAtt Letters.Arn } } }
  Whole: { Type: AWS::SQS::Queue }
  Parts: { Type: AWS::SQS::Queue, Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Letters.Arn } } }
  Letters: { Type: AWS::SQS::Queue }
";

    #[track_caller]
    fn check(from: &str, to: &str, expected: &[&str]) {
        assert!(SOUND.contains(from));
        let template = Template::parse(&SOUND.replacen(from, to, 1)).unwrap();
        assert_eq!(problems(&template).unwrap(), expected);
    }

    #[test]
    fn those_that_feed_themselves_allow_it_and_no_others() {
        check("", "", &[]);
    }

    #[test]
    fn a_function_that_feeds_itself_must_allow_it() {
        let at = |function: &str| format!("CodeUri: target/package/{}\n", function.to_lowercase());
        for function in ["Apply", "Settle"] {
            let allowed = at(function) + "      RecursiveLoop: Allow\n";
            let problem = format!("{function} feeds itself and needs `RecursiveLoop: Allow`");
            check(&allowed, &at(function), &[&problem]);
        }
        // A dead letter of the payload would come back as one.
        check(
            "Parts.Arn }] }]\n      Events: { Letter",
            "Whole.Arn }] }]\n      Events: { Letter",
            &["Split feeds itself and needs `RecursiveLoop: Allow`"],
        );
    }

    #[test]
    fn a_function_that_does_not_feed_itself_must_not_allow_it() {
        check(
            "Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Letters.Arn } }",
            "Properties: {}",
            &["Settle has `RecursiveLoop: Allow` and does not feed itself"],
        );
        let at = "CodeUri: target/package/split\n";
        let problem = "Split has `RecursiveLoop: Allow` and does not feed itself";
        check(at, &format!("{at}      RecursiveLoop: Allow\n"), &[problem]);
    }
}
