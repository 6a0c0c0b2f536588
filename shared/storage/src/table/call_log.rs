//! Logs the calls of a process to DynamoDB, S3 and SQS, so that `cargo xtask test` can compare them
//! with the grants in template.yaml. It is off unless `PEOPLE_CALL_LOG` names a file, which no
//! deployed function sets.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor};
use aws_sdk_dynamodb::error::BoxError;
use serde_json::Value as Json;

/// An interceptor that writes one line for each distinct action and kind of resource:
/// `function<TAB>dynamodb:GetItem<TAB>*#P#*`.
#[derive(Debug)]
pub struct CallLog {
    file: File,
    function: String,
    seen: Mutex<HashSet<String>>,
}

impl CallLog {
    /// The log that the environment names; `None` when it names no log.
    #[must_use]
    pub fn from_env() -> Option<SharedInterceptor> {
        let path = std::env::var_os("PEOPLE_CALL_LOG")?;
        // The operator's command has no function name, and is not logged.
        let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok()?;
        let file = File::options().create(true).append(true).open(path).ok()?;
        Some(SharedInterceptor::new(Self { file, function, seen: Mutex::default() }))
    }

    fn log_call(&self, action: &str, resource: &str) {
        let line = format!("{}\t{action}\t{resource}\n", self.function);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(line.clone()) {
            // Each line is one write, because other processes append to the file too.
            _ = (&self.file).write_all(line.as_bytes());
        }
    }
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    // The hook runs after signing, not before transmission, because a presigned URL is never
    // transmitted.
    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let body = request.body().bytes().unwrap_or_default();
        match request.headers().get("x-amz-target").and_then(|target| target.split_once('.')) {
            Some(("AmazonSQS", operation)) => {
                self.log_call(&format_queue_action(operation), &find_queue_variable(body));
            }
            Some((_, operation)) => {
                let calls = parse_table_calls(operation, body);
                // A call whose keys are not understood must be logged too.
                if calls.is_empty() {
                    self.log_call(&format!("dynamodb:{operation}"), "?");
                }
                for (action, key) in calls {
                    self.log_call(&format!("dynamodb:{action}"), &mask_partition_key(&key));
                }
            }
            None => {
                let (action, resource) = parse_bucket_call(request.method(), request.uri());
                self.log_call(action, &resource);
            }
        }
        Ok(())
    }

    // S3 answers 404 to callers that may list the bucket, and 403 to others. DynamoDB and SQS never
    // answer 404.
    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().as_u16() == 404 {
            self.log_call("s3:ListBucket", "");
        }
        Ok(())
    }
}

/// The IAM actions of an operation, each with its partition key.
fn parse_table_calls(operation: &str, body: &[u8]) -> Vec<(String, String)> {
    let body: Json = serde_json::from_slice(body).unwrap_or_default();
    let at = |value: &Json, pointer: &str| {
        let key = value.pointer(&format!("{pointer}/pk/S")).and_then(Json::as_str);
        key.map(str::to_owned)
    };
    let call = |key: Option<String>| key.map(|key| (operation.to_owned(), key));
    match operation {
        "PutItem" => call(at(&body, "/Item")).into_iter().collect(),
        "Query" => {
            let key = body.pointer("/ExpressionAttributeValues/:pk/S").and_then(Json::as_str);
            call(key.map(str::to_owned)).into_iter().collect()
        }
        "BatchGetItem" => {
            let keys = list_table_requests(&body)
                .filter_map(|table| table.get("Keys")?.as_array())
                .flatten();
            keys.filter_map(|key| call(at(key, ""))).collect()
        }
        "BatchWriteItem" => {
            let writes = list_table_requests(&body).filter_map(Json::as_array).flatten();
            let key = |write| at(write, "/PutRequest/Item").or(at(write, "/DeleteRequest/Key"));
            writes.filter_map(|write| call(key(write))).collect()
        }
        "TransactWriteItems" => {
            let actions = body.get("TransactItems").and_then(Json::as_array).into_iter().flatten();
            let parse_action = |action: &Json| {
                let (name, call) = action.as_object()?.iter().next()?;
                let key = at(call, "/Item").or(at(call, "/Key"))?;
                Some((format!("{name}Item"), key))
            };
            actions.filter_map(parse_action).collect()
        }
        _ => call(at(&body, "/Key")).into_iter().collect(),
    }
}

fn list_table_requests(body: &Json) -> impl Iterator<Item = &Json> {
    body.get("RequestItems")
        .and_then(Json::as_object)
        .into_iter()
        .flat_map(|tables| tables.values())
}

/// A partition key with its names and ids replaced: `acme#P#7` is `*#P#*`, `#key#abc` is `#key#*`.
fn mask_partition_key(pk: &str) -> String {
    let mut parts = pk.split('#');
    let tenant = parts.next().unwrap_or_default();
    let owner = if tenant.is_empty() { "" } else { "*" };
    let kind = parts.next().unwrap_or_default();
    let rest = if parts.next().is_some() { "#*" } else { "" };
    format!("{owner}#{kind}{rest}")
}

/// The S3 action, and the first part of the object's key.
fn parse_bucket_call(method: &str, uri: &str) -> (&'static str, String) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    // The host and the bucket precede the object's key.
    let mut parts = path.splitn(4, '/').skip(2);
    let prefix = parts.next().filter(|prefix| !prefix.is_empty());
    let resource = prefix.map_or_else(String::new, |prefix| format!("/{prefix}/*"));
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let action = match method {
        "PUT" | "POST" => "s3:PutObject",
        "DELETE" if has("uploadId") => "s3:AbortMultipartUpload",
        "DELETE" => "s3:DeleteObject",
        _ if prefix.is_none() && has("versions") => "s3:ListBucketVersions",
        _ if prefix.is_none() => "s3:ListBucket",
        _ if has("versionId") => "s3:GetObjectVersion",
        _ => "s3:GetObject",
    };
    (action, resource)
}

/// The SQS action. A batch needs the grant of a single message.
fn format_queue_action(operation: &str) -> String {
    format!("sqs:{}", operation.strip_suffix("Batch").unwrap_or(operation))
}

/// The environment variable that holds the queue's URL: the queue's own name differs between
/// stacks.
fn find_queue_variable(body: &[u8]) -> String {
    let body: Json = serde_json::from_slice(body).unwrap_or_default();
    let url = body.get("QueueUrl").and_then(Json::as_str).unwrap_or_default();
    let named = std::env::vars().find(|(name, value)| name.ends_with("_QUEUE_URL") && value == url);
    named.map_or_else(|| url.to_owned(), |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(operation: &str, body: &str) -> Vec<String> {
        let calls = parse_table_calls(operation, body.as_bytes());
        calls.iter().map(|(action, key)| format!("{action} {}", mask_partition_key(key))).collect()
    }

    #[test]
    fn each_call_tells_its_action_and_kind_of_key() {
        assert_eq!(calls("GetItem", r##"{"Key":{"pk":{"S":"#key#1"}}}"##), ["GetItem #key#*"]);
        assert_eq!(calls("PutItem", r#"{"Item":{"pk":{"S":"a#W"}}}"#), ["PutItem *#W"]);
        let query = r#"{"ExpressionAttributeValues":{":pk":{"S":"a#P#W"}}}"#;
        assert_eq!(calls("Query", query), ["Query *#P#*"]);
        let get = r#"{"RequestItems":{"T":{"Keys":[{"pk":{"S":"a#meta"}}]}}}"#;
        assert_eq!(calls("BatchGetItem", get), ["BatchGetItem *#meta"]);
        let write = r#"{"RequestItems":{"T":[{"PutRequest":{"Item":{"pk":{"S":"a#X#o#f"}}}},
            {"DeleteRequest":{"Key":{"pk":{"S":"a#D#c"}}}}]}}"#;
        assert_eq!(
            calls("BatchWriteItem", write),
            ["BatchWriteItem *#X#*", "BatchWriteItem *#D#*"]
        );
        let transaction = r##"{"TransactItems":[{"Put":{"Item":{"pk":{"S":"#tenants"}}}},
            {"ConditionCheck":{"Key":{"pk":{"S":"a#J#1"}}}}]}"##;
        let expected = ["PutItem #tenants", "ConditionCheckItem *#J#*"];
        assert_eq!(calls("TransactWriteItems", transaction), expected);
    }

    #[test]
    fn a_call_of_the_bucket_tells_its_prefix() {
        for (method, uri, expected) in [
            ("GET", "http://h:1/b/upload/t/j?versionId=1", "s3:GetObjectVersion /upload/*"),
            ("GET", "http://h:1/b/?versions&prefix=upload/t", "s3:ListBucketVersions "),
            ("GET", "http://h:1/b?versions", "s3:ListBucketVersions "),
            ("HEAD", "http://h:1/b/upload/t/j", "s3:GetObject /upload/*"),
            ("POST", "http://h:1/b/plain/t/j?uploads", "s3:PutObject /plain/*"),
            ("DELETE", "http://h:1/b/plain/t/j?uploadId=1", "s3:AbortMultipartUpload /plain/*"),
        ] {
            let (action, resource) = parse_bucket_call(method, uri);
            assert_eq!(format!("{action} {resource}"), expected, "{uri}");
        }
    }
}
