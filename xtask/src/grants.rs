//! What template.yaml grants beside what the functions ask of DynamoDB, S3 and SQS while all tests run. What must not be:
//! a call that IAM refuses only on AWS, or a right that no function needs.

use crate::root::{local, shown};
use crate::template::{Call, Function, Statement, Template, field};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where the calls of a stack are written down.
pub(crate) fn call_log(stack: &str) -> PathBuf {
    local().join(format!("{stack}.calls"))
}

/// Compares the calls with the template, and writes the table of both beside them.
pub(crate) fn check(template: &Template, log: &Path) -> Result<()> {
    let text =
        std::fs::read_to_string(log).with_context(|| format!("{} holds no calls", shown(log)))?;
    let grants = Grants::read(template, &text)?;
    let table = log.with_extension("grants.md");
    std::fs::write(&table, grants.table())?;
    let problems = grants.problems();
    ensure!(
        problems.is_empty(),
        "template.yaml grants something else than the functions need ({}):\n{}",
        shown(&table),
        problems.join("\n")
    );
    println!(
        "grants: {} calls, each granted, and no grant without one: {}",
        grants.calls.len(),
        shown(&table)
    );
    Ok(())
}

/// The functions, what each may do, and what each did.
struct Grants {
    functions: Vec<(Function, Vec<Statement>)>,
    /// By the name of a function or, where only that is known, of its binary.
    calls: BTreeSet<(String, Call)>,
}

impl Grants {
    fn read(template: &Template, log: &str) -> Result<Self> {
        let mut functions = Vec::new();
        let mut calls = BTreeSet::new();
        for function in template.functions()? {
            let statements = template.statements(&function.resource)?;
            calls.extend(calls_of_lambda(template, &function, &statements)?);
            functions.push((function, statements));
        }
        let resources = Resources::read(template)?;
        for line in log.lines() {
            let call = resources.call(line).with_context(|| format!("the call {line:?}"))?;
            calls.insert(call);
        }
        Ok(Self { functions, calls })
    }

    /// What differs, a sentence each.
    fn problems(&self) -> Vec<String> {
        let refused = self.calls.iter().filter(|(name, call)| {
            let mut functions = self.functions.iter().filter(|(function, _)| is(function, name));
            !functions.any(|(_, statements)| is_allowed(statements, call))
        });
        let refused = refused.map(|(name, call)| format!("{name} is not granted {}", told(call)));
        let unused = self.functions.iter().flat_map(|(function, statements)| {
            let allowing = statements.iter().filter(|statement| statement.allows);
            allowing.flat_map(|statement| self.unused(function, statement))
        });
        refused.chain(unused).collect()
    }

    /// What a statement allows and the function never did.
    fn unused(&self, function: &Function, statement: &Statement) -> Vec<String> {
        let did = |action: &str, resource: &str| {
            let mut calls = self.calls.iter().filter(|(name, _)| is(function, name));
            calls.any(|(_, call)| {
                call.action == action && call.resource == resource && statement.covers(call)
            })
        };
        let pairs = statement
            .actions
            .iter()
            .flat_map(|action| statement.resources.iter().map(move |resource| (action, resource)));
        let unused = pairs.filter(|(action, resource)| !did(action, resource));
        let name = &function.resource;
        unused
            .map(|(action, resource)| {
                format!("{name} is granted {action} on {resource}, which no test sees it use")
            })
            .collect()
    }

    /// Every function with what it did, in Markdown.
    fn table(&self) -> String {
        let mut table = "| Function | Action | On |\n|---|---|---|\n".to_owned();
        for (function, _) in &self.functions {
            let mut actions = BTreeMap::<&str, BTreeSet<String>>::new();
            for (_, call) in self.calls.iter().filter(|(name, _)| is(function, name)) {
                let on = call.key.as_deref().unwrap_or(&call.resource);
                actions.entry(&call.action).or_default().insert(format!("`{on}`"));
            }
            for (action, on) in actions {
                let on = Vec::from_iter(on).join(", ");
                // A text takes what is written to it.
                let _ = writeln!(table, "| {} | `{action}` | {on} |", function.resource);
            }
        }
        table
    }
}

/// Whether a call's name is that of this function or of its binary.
fn is(function: &Function, name: &str) -> bool {
    function.resource == name || function.name == name
}

fn is_allowed(statements: &[Statement], call: &Call) -> bool {
    let covering = |allows: bool| {
        statements.iter().any(|statement| statement.allows == allows && statement.covers(call))
    };
    covering(true) && !covering(false)
}

fn told(call: &Call) -> String {
    let key = call.key.as_ref().map_or_else(String::new, |key| format!(" with keys like {key}"));
    format!("{} on {}{key}", call.action, call.resource)
}

/// What Lambda itself does in the name of a function whose role the template writes: it polls its queues and ships its
/// log.
fn calls_of_lambda(
    template: &Template,
    function: &Function,
    statements: &[Statement],
) -> Result<Vec<(String, Call)>> {
    if !statements
        .iter()
        .any(|statement| statement.actions.iter().any(|one| one.starts_with("logs:")))
    {
        return Ok(Vec::new());
    }
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
struct Resources {
    table: String,
    bucket: String,
    /// By variable.
    queues: BTreeMap<String, String>,
}

impl Resources {
    fn read(template: &Template) -> Result<Self> {
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
    fn call(&self, line: &str) -> Result<(String, Call)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Globals: { Function: { Environment: { Variables: { TABLE_NAME: !Ref Table, PAYLOAD_BUCKET: !Ref Bucket, WORK_QUEUE_URL: !Ref Work } } } }
Resources:
  Read:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/read
      Policies:
        - Statement:
            - { Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn }
            - { Effect: Deny, NotAction: dynamodb:GetItem, Resource: !GetAtt Table.Arn, Condition: { 'ForAnyValue:StringLike': { dynamodb:LeadingKeys: '#*' } } }
            - { Effect: Allow, Action: s3:GetObject, Resource: !Sub '${Bucket.Arn}/plain/*' }
            - { Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Work.Arn }
  Apply:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/package/read
      Role: !GetAtt ApplyRole.Arn
      Events: { Work: { Type: SQS, Properties: { Queue: !GetAtt Work.Arn } } }
  ApplyRole:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{ PolicyDocument: { Statement: [
        { Effect: Allow, Action: [logs:CreateLogStream, logs:PutLogEvents], Resource: !GetAtt ApplyLogs.Arn },
        { Effect: Allow, Action: [sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage], Resource: !GetAtt Work.Arn }
      ] } }]
";

    const CALLS: &str = "Read\tdynamodb:GetItem\t*#P#*\nread\ts3:GetObject\t/plain/*\nRead\tsqs:SendMessage\tWORK_QUEUE_URL\n";

    #[track_caller]
    fn problems(calls: &str) -> Vec<String> {
        let template = Template::parse(TEMPLATE).unwrap();
        Grants::read(&template, calls).unwrap().problems()
    }

    #[test]
    fn what_is_granted_and_used_is_sound() {
        assert_eq!(problems(CALLS), Vec::<String>::new());
    }

    #[test]
    fn each_side_is_missed() {
        let more = "Read\tdynamodb:PutItem\t#tenants\nApply\tdynamodb:GetItem\t*#P#*\n";
        let expected = [
            "Apply is not granted dynamodb:GetItem on Table with keys like *#P#*",
            "Read is not granted dynamodb:PutItem on Table with keys like #tenants",
        ];
        assert_eq!(problems(&format!("{CALLS}{more}")), expected);
        let fewer = CALLS.replace("/plain/*", "/other/*");
        let expected = [
            "read is not granted s3:GetObject on Bucket/other/*",
            "Read is granted s3:GetObject on Bucket/plain/*, which no test sees it use",
        ];
        assert_eq!(problems(&fewer), expected);
    }
}
