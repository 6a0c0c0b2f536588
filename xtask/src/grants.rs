//! Compares the grants of template.yaml with the calls that the functions make to DynamoDB, S3 and SQS while all tests run.
//! The check finds calls that IAM would refuse, which no local test notices otherwise, and grants that no function uses.

mod calls;

use crate::paths::{relative_to_root, state_dir};
use anyhow::{Context, Result, ensure};
use calls::{NamedResources, list_lambda_calls};
use people_template::{AwsCall, Function, Statement, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The file to which the functions of a stack write their calls.
pub(crate) fn call_log_path(stack: &str) -> PathBuf {
    state_dir().join(format!("{stack}.calls"))
}

/// Compares the calls with the template and writes a table of the calls next to the log.
pub(crate) fn check_grants(template: &Template, log: &Path) -> Result<()> {
    let text = std::fs::read_to_string(log)
        .with_context(|| format!("{} contains no calls", relative_to_root(log)))?;
    let grants = Grants::read(template, &text)?;
    let table = log.with_extension("grants.md");
    std::fs::write(&table, grants.format_table())?;
    let problems = grants.find_problems();
    ensure!(
        problems.is_empty(),
        "the grants of template.yaml differ from the calls of the functions ({}):\n{}",
        relative_to_root(&table),
        problems.join("\n")
    );
    println!(
        "grants: {} calls, each granted, and no grant without one: {}",
        grants.calls.len(),
        relative_to_root(&table)
    );
    Ok(())
}

/// Pattern of the keys of call counters, which every function with an access key updates.
const COUNTER_KEY: &str = "*#W";

/// The functions with their statements and calls.
struct Grants {
    /// Logical name of the table.
    table: String,
    functions: Vec<(Function, Vec<Statement>)>,
    /// Each with the name of its function or, if only that is known, of the binary.
    calls: BTreeSet<(String, AwsCall)>,
}

impl Grants {
    fn read(template: &Template, log: &str) -> Result<Self> {
        let mut functions = Vec::new();
        let mut calls = BTreeSet::new();
        for function in template.functions()? {
            if template.has_own_role(&function.resource) {
                calls.extend(list_lambda_calls(template, &function)?);
            }
            let statements = template.statements(&function.resource)?;
            functions.push((function, statements));
        }
        let resources = NamedResources::read(template)?;
        for line in log.lines() {
            let call = resources.parse_call(line).with_context(|| format!("the call {line:?}"))?;
            calls.insert(call);
        }
        Ok(Self { table: resources.table, functions, calls })
    }

    /// The differences, a sentence each.
    fn find_problems(&self) -> Vec<String> {
        let refused = self.calls.iter().filter(|(name, call)| !self.is_granted(name, call));
        let refused =
            refused.map(|(name, call)| format!("{name} is not granted {}", format_call(call)));
        let unused = self.functions.iter().flat_map(|(function, statements)| {
            let allowing = statements.iter().filter(|statement| statement.allows);
            allowing.flat_map(|statement| self.find_unused(function, statement))
        });
        let unguarded = self
            .functions
            .iter()
            .filter_map(|(function, statements)| self.check_table_guards(function, statements));
        refused.chain(unused).chain(unguarded).collect()
    }

    /// Whether a call is granted to the function of this name. If only the binary is known, all functions that run it need
    /// the grant. Messages are an exception, since each of these functions has a queue of its own.
    fn is_granted(&self, name: &str, call: &AwsCall) -> bool {
        let functions = self.functions.iter().filter(|(function, _)| is_named(function, name));
        let granted: Vec<bool> =
            functions.map(|(_, statements)| is_allowed(statements, call)).collect();
        match call.action.starts_with("sqs:") {
            true => granted.contains(&true),
            false => !granted.is_empty() && !granted.contains(&false),
        }
    }

    /// Finds a grant on the table beyond the calls of a function: to write items of the service, or other items than the
    /// counter if that is all it updates.
    fn check_table_guards(&self, function: &Function, statements: &[Statement]) -> Option<String> {
        let is_denied = |action: &str| {
            let call = AwsCall { key: Some("#tenants".to_owned()), ..self.table_call(action) };
            let denies = |statement: &Statement| !statement.allows && statement.covers(&call);
            statements.iter().any(denies)
        };
        let calls = || self.calls.iter().filter(|(name, _)| is_named(function, name));
        if !calls().any(|(_, call)| call.resource == self.table) {
            return None;
        }
        if !["PutItem", "UpdateItem", "DeleteItem", "Query"].iter().all(|action| is_denied(action))
        {
            return Some(format!("{} is not denied keys like #tenants", function.resource));
        }
        let update = self.table_call("UpdateItem");
        let mut keys = calls().filter(|(_, call)| call.action == update.action);
        let only_counts = keys.all(|(_, call)| call.key.as_deref() == Some(COUNTER_KEY));
        let person = AwsCall { key: Some("*#P#*".to_owned()), ..update };
        (only_counts && is_allowed(statements, &person)).then(|| {
            format!("{} may update other items than {COUNTER_KEY}, and does not", function.resource)
        })
    }

    fn table_call(&self, action: &str) -> AwsCall {
        AwsCall { action: format!("dynamodb:{action}"), resource: self.table.clone(), key: None }
    }

    /// The actions that a statement allows and the function never performed.
    fn find_unused(&self, function: &Function, statement: &Statement) -> Vec<String> {
        let is_used = |action: &str, resource: &str| {
            let mut calls = self.calls.iter().filter(|(name, _)| is_named(function, name));
            calls.any(|(_, call)| {
                call.action == action && call.resource == resource && statement.covers(call)
            })
        };
        let pairs = statement
            .actions
            .iter()
            .flat_map(|action| statement.resources.iter().map(move |resource| (action, resource)));
        let unused = pairs.filter(|(action, resource)| !is_used(action, resource));
        let name = &function.resource;
        unused
            .map(|(action, resource)| {
                format!(
                    "{name} is granted {action} on {resource}, which it does not use in any test"
                )
            })
            .collect()
    }

    /// Every function with its calls, in Markdown.
    fn format_table(&self) -> String {
        let mut table = "| Function | Action | On |\n|---|---|---|\n".to_owned();
        for (function, _) in &self.functions {
            let mut actions = BTreeMap::<&str, BTreeSet<String>>::new();
            for (_, call) in self.calls.iter().filter(|(name, _)| is_named(function, name)) {
                let on = call.key.as_deref().unwrap_or(&call.resource);
                actions.entry(&call.action).or_default().insert(format!("`{on}`"));
            }
            for (action, on) in actions {
                let on = Vec::from_iter(on).join(", ");
                // A text takes whatever is written to it.
                let _ = writeln!(table, "| {} | `{action}` | {on} |", function.resource);
            }
        }
        table
    }
}

/// Whether a call's name is that of this function or of its binary.
fn is_named(function: &Function, name: &str) -> bool {
    function.resource == name || function.name == name
}

fn is_allowed(statements: &[Statement], call: &AwsCall) -> bool {
    let covering = |allows: bool| {
        statements.iter().any(|statement| statement.allows == allows && statement.covers(call))
    };
    covering(true) && !covering(false)
}

fn format_call(call: &AwsCall) -> String {
    let key = call.key.as_ref().map_or_else(String::new, |key| format!(" with keys like {key}"));
    format!("{} on {}{key}", call.action, call.resource)
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
        { Effect: Allow, Action: s3:GetObject, Resource: !Sub '${Bucket.Arn}/plain/*' },
        { Effect: Allow, Action: [logs:CreateLogStream, logs:PutLogEvents], Resource: !GetAtt ApplyLogs.Arn },
        { Effect: Allow, Action: [sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage], Resource: !GetAtt Work.Arn }
      ] } }]
";

    const CALLS: &str = "Read\tdynamodb:GetItem\t*#P#*\nread\ts3:GetObject\t/plain/*\nRead\tsqs:SendMessage\tWORK_QUEUE_URL\n";

    #[track_caller]
    fn problems(calls: &str) -> Vec<String> {
        let template = Template::parse(TEMPLATE).unwrap();
        Grants::read(&template, calls).unwrap().find_problems()
    }

    #[test]
    fn what_is_granted_and_used_is_no_problem() {
        assert_eq!(problems(CALLS), Vec::<String>::new());
    }

    #[test]
    fn differences_are_found_in_both_directions() {
        let more = "Read\tdynamodb:PutItem\t#tenants\nApply\ts3:GetObject\t/payload/*\n";
        let expected = [
            "Apply is not granted s3:GetObject on Bucket/payload/*",
            "Read is not granted dynamodb:PutItem on Table with keys like #tenants",
        ];
        assert_eq!(problems(&format!("{CALLS}{more}")), expected);
        let fewer = CALLS.replace("/plain/*", "/other/*");
        let expected = [
            "read is not granted s3:GetObject on Bucket/other/*",
            "Read is granted s3:GetObject on Bucket/plain/*, which it does not use in any test",
            "Apply is granted s3:GetObject on Bucket/plain/*, which it does not use in any test",
        ];
        assert_eq!(problems(&fewer), expected);
    }

    #[test]
    fn missing_guards_of_each_function_are_found() {
        let changed = |from: &str, to: &str| {
            assert!(TEMPLATE.contains(from));
            let template = Template::parse(&TEMPLATE.replacen(from, to, 1)).unwrap();
            let calls = format!("{CALLS}Read\tdynamodb:UpdateItem\t*#W\n");
            Grants::read(&template, &calls).unwrap().find_problems()
        };
        let all = ["Read may update other items than *#W, and does not"];
        assert_eq!(
            changed(
                "Action: dynamodb:GetItem,",
                "Action: [dynamodb:GetItem, dynamodb:UpdateItem],"
            ),
            all
        );
        let open = "Read is not denied keys like #tenants";
        let counter = "Read is not granted dynamodb:UpdateItem on Table with keys like *#W";
        assert_eq!(changed("Deny, NotAction", "Allow, NotAction").last().unwrap(), open);
        assert_eq!(
            changed("Deny, NotAction: dynamodb:GetItem", "Deny, Action: dynamodb:PutItem"),
            [counter, open]
        );
        let without_logs =
            changed("logs:CreateLogStream, logs:PutLogEvents", "logs:CreateLogStream");
        assert!(
            without_logs
                .contains(&"Apply is not granted logs:PutLogEvents on ApplyLogs".to_owned())
        );
    }
}
