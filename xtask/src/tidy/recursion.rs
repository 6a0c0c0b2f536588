//! Checks functions that invoke themselves through queues. Lambda ends a chain of requests that invokes a function about
//! 16 times, unless the function allows recursion. Two things must never happen: a chain of work that is ended before its
//! last part, and an accidental loop that is not ended.

use super::queue_settings::dead_letter_queues;
use anyhow::Result;
use people_template::Template;
use std::collections::BTreeSet;

/// A function or queue in the graph of messages.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Function(String),
    Queue(String),
}

/// From one node to the next.
type Edge = (Node, Node);

/// The problems, a sentence each.
pub(super) fn find_problems(template: &Template) -> Result<Vec<String>> {
    let edges = find_edges(template)?;
    let problem = |function: String, allows_recursion: bool| {
        let node = Node::Function(function.clone());
        match (find_reachable(&edges, &node).contains(&node), allows_recursion) {
            (true, false) => {
                Some(format!("{function} invokes itself and needs `RecursiveLoop: Allow`"))
            }
            (false, true) => {
                Some(format!("{function} has `RecursiveLoop: Allow` and does not invoke itself"))
            }
            _ => None,
        }
    };
    let senders = template.senders()?.into_iter();
    Ok(senders.filter_map(|sender| problem(sender.function, sender.allows_recursion)).collect())
}

/// Functions send to queues, queues drive functions, and what fails too often goes to a dead-letter queue.
fn find_edges(template: &Template) -> Result<Vec<Edge>> {
    let mut edges = Vec::new();
    for sender in template.senders()? {
        let function = Node::Function(sender.function);
        edges.extend(sender.queues.into_iter().map(|queue| (function.clone(), Node::Queue(queue))));
    }
    let sources = template.event_sources()?.into_iter();
    edges
        .extend(sources.map(|source| (Node::Queue(source.queue), Node::Function(source.function))));
    edges.extend(
        dead_letter_queues(template).map(|(from, to)| (Node::Queue(from), Node::Queue(to))),
    );
    Ok(edges)
}

/// The nodes that one or more edges lead to.
fn find_reachable(edges: &[Edge], from: &Node) -> BTreeSet<Node> {
    let mut reached = BTreeSet::new();
    let mut left = vec![from];
    while let Some(node) = left.pop() {
        let next = edges.iter().filter(|(from, _)| from == node).map(|(_, to)| to);
        left.extend(next.filter(|to| reached.insert((*to).clone())));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "
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
        assert!(VALID.contains(from));
        let template = Template::parse(&VALID.replacen(from, to, 1)).unwrap();
        assert_eq!(find_problems(&template).unwrap(), expected);
    }

    #[test]
    fn those_that_invoke_themselves_allow_it_and_no_others() {
        check("", "", &[]);
    }

    #[test]
    fn a_function_that_invokes_itself_must_allow_it() {
        let at = |function: &str| format!("CodeUri: target/package/{}\n", function.to_lowercase());
        for function in ["Apply", "Settle"] {
            let allowed = at(function) + "      RecursiveLoop: Allow\n";
            let problem = format!("{function} invokes itself and needs `RecursiveLoop: Allow`");
            check(&allowed, &at(function), &[&problem]);
        }
        // A dead letter of the payload would come back as one.
        check(
            "Parts.Arn }] }]\n      Events: { Letter",
            "Whole.Arn }] }]\n      Events: { Letter",
            &["Split invokes itself and needs `RecursiveLoop: Allow`"],
        );
    }

    #[test]
    fn a_function_that_does_not_invoke_itself_must_not_allow_it() {
        check(
            "Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Letters.Arn } }",
            "Properties: {}",
            &["Settle has `RecursiveLoop: Allow` and does not invoke itself"],
        );
        let at = "CodeUri: target/package/split\n";
        let problem = "Split has `RecursiveLoop: Allow` and does not invoke itself";
        check(at, &format!("{at}      RecursiveLoop: Allow\n"), &[problem]);
    }
}
