//! The policies of a function: its own, those of its role, and the managed ones that it names.

use crate::{Template, value_at};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use wildmatch::WildMatch;

const SEND_ACTION: &str = "sqs:SendMessage";

/// The condition key of the partition keys that a call names.
const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// A call to a service of AWS, as IAM sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AwsCall {
    /// The name that policies use, such as `dynamodb:GetItem`.
    pub action: String,
    /// Logical name of the resource. For an object of a bucket it includes the first part of the key: `Bucket/payload/*`.
    pub resource: String,
    /// Pattern of the partition key, such as `*#P#*`, for calls to a table.
    pub key: Option<String>,
}

/// One statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    pub allows: bool,
    /// The actions that it covers; with `is_inverted`, all but these.
    pub actions: Vec<String>,
    is_inverted: bool,
    /// Logical names in the form of [`AwsCall::resource`].
    pub resources: Vec<String>,
    keys: Vec<KeyPattern>,
}

/// The partition keys that a statement covers.
#[derive(Clone, Debug)]
struct KeyPattern {
    pattern: String,
    /// Whether it covers the keys that match, or those that don't.
    is_like: bool,
}

/// A function and the queues that it may send to.
pub struct Sender {
    /// Logical name of the function.
    pub function: String,
    /// Logical names of the queues.
    pub queues: BTreeSet<String>,
    /// Whether it has `RecursiveLoop: Allow`.
    pub allows_recursion: bool,
}

impl Template {
    /// Every function, including those that send nothing. A policy that hides its queues is an error.
    pub fn senders(&self) -> Result<Vec<Sender>> {
        let functions = self.resources("AWS::Serverless::Function");
        functions
            .map(|function| {
                let statements = self.statements(function.name)?.into_iter();
                let sends = |statement: &Statement| {
                    statement.allows && statement.covers_action(SEND_ACTION)
                };
                Ok(Sender {
                    function: function.name.to_owned(),
                    queues: statements.filter(sends).flat_map(|one| one.resources).collect(),
                    allows_recursion: value_at(function.properties, "/RecursiveLoop") == "Allow",
                })
            })
            .collect()
    }

    /// The statements of all policies of a function, by its logical name.
    pub fn statements(&self, function: &str) -> Result<Vec<Statement>> {
        let read = || {
            let properties = self.properties(function);
            let mut documents = self.policy_documents(value_at(properties, "/Policies"))?;
            if let Some(role) = value_at(properties, "/Role/Fn::GetAtt/0").as_str() {
                let role = self.properties(role);
                documents.extend(self.policy_documents(value_at(role, "/ManagedPolicyArns"))?);
                let own = as_list(value_at(role, "/Policies")).iter();
                documents.extend(own.map(|policy| value_at(policy, "/PolicyDocument")));
            }
            let statements = documents.into_iter().map(|document| {
                Ok(as_list(document.get("Statement").context("a policy without statements")?))
            });
            let statements: Vec<_> = statements.collect::<Result<_>>()?;
            statements.into_iter().flatten().map(read_statement).collect::<Result<Vec<_>>>()
        };
        read().with_context(|| format!("the policies of {function}"))
    }

    /// Whether the template defines the role of a function itself, so that SAM adds nothing to it.
    pub fn has_own_role(&self, function: &str) -> bool {
        !value_at(self.properties(function), "/Role").is_null()
    }

    /// The policy documents of a list, in which a name refers to a managed policy.
    fn policy_documents<'t>(&'t self, policies: &'t Value) -> Result<Vec<&'t Value>> {
        let document = |policy: &'t Value| match policy.get("Ref").and_then(Value::as_str) {
            Some(name) => value_at(self.properties(name), "/PolicyDocument"),
            None => policy,
        };
        Ok(as_list(policies).iter().map(document).collect())
    }

    fn properties(&self, resource: &str) -> &Value {
        value_at(&self.document, &format!("/Resources/{resource}/Properties"))
    }
}

impl Statement {
    /// Whether a call meets the statement.
    pub fn covers(&self, call: &AwsCall) -> bool {
        let is_met = |keys: &KeyPattern| {
            // A call without a key meets no condition about one.
            let matches = |key: &String| WildMatch::new(&keys.pattern).matches(key);
            call.key.as_ref().is_some_and(|key| matches(key) == keys.is_like)
        };
        self.covers_action(&call.action)
            && self.resources.contains(&call.resource)
            && self.keys.iter().all(is_met)
    }

    fn covers_action(&self, action: &str) -> bool {
        let matches = |known: &String| WildMatch::new_case_insensitive(known).matches(action);
        self.actions.iter().any(matches) != self.is_inverted
    }
}

fn read_statement(value: &Value) -> Result<Statement> {
    let (actions, others) = (value_at(value, "/Action"), value_at(value, "/NotAction"));
    let texts = |actions: &Value| {
        as_list(actions).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Ok(Statement {
        allows: match value_at(value, "/Effect").as_str() {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => bail!("a statement that neither allows nor denies"),
        },
        actions: texts(if others.is_null() { actions } else { others }),
        is_inverted: !others.is_null(),
        resources: as_list(value_at(value, "/Resource"))
            .iter()
            .map(read_target)
            .collect::<Result<_>>()?,
        keys: read_key_patterns(value_at(value, "/Condition"))?,
    })
}

/// Reads the conditions that the template uses. Any other is an error, because it would be ignored.
fn read_key_patterns(conditions: &Value) -> Result<Vec<KeyPattern>> {
    let mut patterns = Vec::new();
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        let is_like = match operator.as_str() {
            "ForAllValues:StringLike" | "ForAnyValue:StringLike" => true,
            "ForAllValues:StringNotLike" => false,
            _ => bail!("the condition {operator} is not understood"),
        };
        for (key, pattern) in keys.as_object().into_iter().flatten() {
            ensure!(key == LEADING_KEYS, "the condition key {key} is not understood");
            let pattern = pattern.as_str().context("a condition of several patterns")?.to_owned();
            patterns.push(KeyPattern { pattern, is_like });
        }
    }
    Ok(patterns)
}

/// The logical name behind `!GetAtt X.Arn` and `!Sub ${X.Arn}/rest`.
fn read_target(value: &Value) -> Result<String> {
    let hidden = || format!("{value} is neither !GetAtt X.Arn nor !Sub ${{X.Arn}}/…");
    if let Some(name) = value_at(value, "/Fn::GetAtt/0").as_str() {
        return Ok(name.to_owned());
    }
    let text = value_at(value, "/Fn::Sub").as_str().with_context(hidden)?;
    let (name, rest) =
        text.strip_prefix("${").and_then(|text| text.split_once(".Arn}")).with_context(hidden)?;
    Ok(format!("{name}{rest}"))
}

/// The values of a member that IAM takes as a single value or as a list.
fn as_list(value: &Value) -> &[Value] {
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
    Properties:
      RecursiveLoop: Allow
      Policies:
        - !Ref Managed
        - Statement:
            - { Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt One.Arn }
            - { Effect: Allow, Action: ['s3:GetObject', 'sqs:Send*'], Resource: [!GetAtt Two.Arn, !GetAtt Three.Arn] }
            - { Effect: Allow, Action: sqs:ChangeMessageVisibility, Resource: !GetAtt Four.Arn }
            - { Effect: Deny, Action: sqs:SendMessage, Resource: !GetAtt Five.Arn }
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: { PolicyDocument: { Statement: [
      { Effect: Deny, NotAction: dynamodb:GetItem, Resource: !GetAtt Table.Arn, Condition: { 'ForAnyValue:StringLike': { dynamodb:LeadingKeys: '#*' } } }
    ] } }
  Idle: { Type: AWS::Serverless::Function, Properties: { Role: !GetAtt IdleRole.Arn } }
  IdleRole:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Ref Managed]
      Policies: [{ PolicyDocument: { Statement: { Effect: Allow, Action: s3:PutObject, Resource: !Sub '${Bucket.Arn}/plain/*' } } }]
";

    fn senders(from: &str, to: &str) -> Result<Vec<String>> {
        assert!(TEMPLATE.contains(from));
        let senders = Template::parse(&TEMPLATE.replacen(from, to, 1))?.senders()?;
        let shown = senders.iter().map(|Sender { function, queues, allows_recursion }| {
            format!("{function} -> {queues:?} {allows_recursion}")
        });
        Ok(shown.collect())
    }

    #[test]
    fn a_function_sends_where_its_policies_let_it() {
        let expected = [r#"Work -> {"One", "Three", "Two"} true"#, "Idle -> {} false"];
        assert_eq!(senders("", "").unwrap(), expected);
        assert!(senders("Allow\n", "Terminate\n").unwrap()[0].ends_with("false"));
    }

    #[test]
    fn a_policy_that_hides_where_to_is_an_error() {
        for hidden in ["'*'", "!Sub '${One}'"] {
            let error = senders("!GetAtt One.Arn", hidden).err().unwrap();
            assert!(format!("{error:#}").contains("the policies of Work"), "{error:#}");
        }
        let other = senders("- !Ref Managed", "- AmazonSQSFullAccess");
        assert!(format!("{:#}", other.err().unwrap()).contains("without statements"));
        assert!(senders("dynamodb:LeadingKeys", "dynamodb:Attributes").is_err());
    }

    #[test]
    fn statements_of_role_and_managed_policy_cover_calls() {
        let statements = Template::parse(TEMPLATE).unwrap().statements("Idle").unwrap();
        let covering = |action: &str, resource: &str, key: Option<&str>| {
            let (action, resource) = (action.to_owned(), resource.to_owned());
            let call = AwsCall { action, resource, key: key.map(str::to_owned) };
            let covering = statements.iter().filter(|one| one.covers(&call));
            covering.map(|one| one.allows).collect::<Vec<_>>()
        };
        assert_eq!(covering("s3:PutObject", "Bucket/plain/*", None), [true]);
        assert!(covering("s3:PutObject", "Bucket/plan/*", None).is_empty());
        assert_eq!(covering("dynamodb:PutItem", "Table", Some("#tenants")), [false]);
        assert!(covering("dynamodb:GetItem", "Table", Some("#tenants")).is_empty());
        assert!(covering("dynamodb:PutItem", "Table", Some("*#P#*")).is_empty());
    }
}
