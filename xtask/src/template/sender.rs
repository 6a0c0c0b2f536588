//! Which queues a function may send to, as its policies say.

use super::{Template, field};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;

const SEND: &str = "sqs:sendmessage";

pub(crate) struct Sender {
    /// Logical name of the function.
    pub(crate) function: String,
    /// Logical names of the queues.
    pub(crate) queues: BTreeSet<String>,
    /// Whether it has `RecursiveLoop: Allow`.
    pub(crate) allows_recursion: bool,
}

impl Template {
    /// Every function, those that send nothing too. A policy that hides where it lets a function send is an error.
    pub(crate) fn senders(&self) -> Result<Vec<Sender>> {
        let functions = self.raw("AWS::Serverless::Function");
        functions
            .map(|(name, function)| sender(name, function).with_context(|| name.to_owned()))
            .collect()
    }
}

fn sender(logical: &str, function: &Value) -> Result<Sender> {
    let mut queues = BTreeSet::new();
    for policy in list(field(function, "/Properties/Policies")) {
        let statements = policy.get("Statement").context("a policy without statements")?;
        for statement in list(statements).iter().filter(|statement| sends(statement)) {
            for resource in list(field(statement, "/Resource")) {
                let queue = field(resource, "/Fn::GetAtt/0").as_str();
                let queue =
                    queue.with_context(|| format!("it sends to {resource}, not a !GetAtt"))?;
                queues.insert(queue.to_owned());
            }
        }
    }
    Ok(Sender {
        function: logical.to_owned(),
        queues,
        allows_recursion: field(function, "/Properties/RecursiveLoop") == "Allow",
    })
}

/// Whether a statement lets send, by name or by a pattern that ends in `*`.
fn sends(statement: &Value) -> bool {
    let covers = |action: &Value| {
        let action = action.as_str().unwrap_or_default().to_lowercase();
        action.strip_suffix('*').map_or(action == SEND, |start| SEND.starts_with(start))
    };
    statement.get("Effect").is_some_and(|effect| effect == "Allow")
        && list(field(statement, "/Action")).iter().any(covers)
}

/// The values of a member that IAM takes alone or as a list.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Resources:
  Work:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: work } }
    Properties:
      RecursiveLoop: Allow
      Policies:
        - Statement:
            - { Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt One.Arn }
            - { Effect: Allow, Action: ['s3:GetObject', 'sqs:Send*'], Resource: [!GetAtt Two.Arn, !GetAtt Three.Arn] }
            - { Effect: Allow, Action: sqs:ChangeMessageVisibility, Resource: !GetAtt Four.Arn }
            - { Effect: Deny, Action: sqs:SendMessage, Resource: !GetAtt Five.Arn }
  Idle: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: idle } } }
";

    fn told(from: &str, to: &str) -> Result<Vec<String>> {
        assert!(TEMPLATE.contains(from));
        let senders = Template::parse(&TEMPLATE.replacen(from, to, 1))?.senders()?;
        let told = senders.iter().map(|Sender { function, queues, allows_recursion }| {
            format!("{function} -> {queues:?} {allows_recursion}")
        });
        Ok(told.collect())
    }

    #[test]
    fn a_function_sends_where_its_policies_let_it() {
        let expected = [r#"Work -> {"One", "Three", "Two"} true"#, "Idle -> {} false"];
        assert_eq!(told("", "").unwrap(), expected);
        assert!(told("Allow\n", "Terminate\n").unwrap()[0].ends_with("false"));
    }

    #[test]
    fn a_policy_that_hides_where_to_is_an_error() {
        for hidden in ["'*'", "!Sub '${One.Arn}'"] {
            let error = told("!GetAtt One.Arn", hidden).err().unwrap();
            assert!(format!("{error:#}").contains("Work: it sends to"), "{error:#}");
        }
        assert!(told("- Statement:", "- AmazonSQSFullAccess\n        - Statement:").is_err());
    }
}
