//! The queues of template.yaml, dead-letter queues too.

use crate::http::action;
use crate::template::{Names, Resource, field};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// Attributes of a queue that are plain values in the template.
const QUEUE_ATTRIBUTES: [&str; 4] = [
    "DelaySeconds",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
];

/// Creates the queue; the answer is its URL.
pub(crate) async fn create(resource: &Resource<'_>, endpoint: &str) -> Result<String> {
    let mut attributes = Map::new();
    for name in QUEUE_ATTRIBUTES {
        if let Some(value) = resource.properties.get(name) {
            attributes.insert(name.to_owned(), Value::String(value.to_string()));
        }
    }
    let body = json!({ "QueueName": resource.name, "Attributes": attributes });
    let answer = action(endpoint, "AmazonSQS.CreateQueue", &body).await?;
    Ok(field(&answer, "/QueueUrl").as_str().context("a queue without a URL")?.to_owned())
}

/// Names the queue that takes what was received too often; both exist by now.
pub(crate) async fn redrive(resource: &Resource<'_>, names: &Names, endpoint: &str) -> Result<()> {
    let policy = field(resource.properties, "/RedrivePolicy");
    let Some(target) = field(policy, "/deadLetterTargetArn/Fn::GetAtt/0").as_str() else {
        return Ok(());
    };
    let dead = names.get(target).with_context(|| format!("no queue {target}"))?;
    let asked = json!({ "QueueUrl": dead, "AttributeNames": ["QueueArn"] });
    let arn = action(endpoint, "AmazonSQS.GetQueueAttributes", &asked).await?;
    let (arn, times) = (field(&arn, "/Attributes/QueueArn"), field(policy, "/maxReceiveCount"));
    let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": times }).to_string();
    let body =
        json!({ "QueueUrl": names.get(resource.name), "Attributes": { "RedrivePolicy": policy } });
    action(endpoint, "AmazonSQS.SetQueueAttributes", &body).await?;
    Ok(())
}
