//! Creates the queues of template.yaml, including dead-letter queues.

use crate::CallAction;
use anyhow::{Context, Result};
use people_template::{Resource, Template, value_at};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Attributes of a queue that are plain values in the template.
const QUEUE_ATTRIBUTES: [&str; 4] = [
    "DelaySeconds",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
];

/// A queue as the emulator created it.
#[derive(Clone, Debug)]
pub struct ProvisionedQueue {
    /// URL of the queue.
    pub url: String,
    /// ARN of the queue.
    pub arn: String,
}

/// Queues by logical name.
pub type ProvisionedQueues = BTreeMap<String, ProvisionedQueue>;

/// Creates every queue of the template under its logical name, with its dead-letter queue.
///
/// # Errors
/// When the emulator refuses one or does not respond.
pub async fn create_queues(template: &Template, sqs: &dyn CallAction) -> Result<ProvisionedQueues> {
    let mut queues = ProvisionedQueues::new();
    for resource in template.resources("AWS::SQS::Queue") {
        queues.insert(resource.name.to_owned(), create_queue(&resource, sqs).await?);
    }
    for resource in template.resources("AWS::SQS::Queue") {
        set_redrive_policy(&resource, &queues, sqs).await?;
    }
    Ok(queues)
}

/// Finds the ARN of the queue that a property names as `!GetAtt Queue.Arn`.
///
/// # Errors
/// When the property names no queue of the template.
pub fn find_queue_arn<'q>(property: &Value, queues: &'q ProvisionedQueues) -> Result<&'q str> {
    let name = value_at(property, "/Fn::GetAtt/0").as_str().unwrap_or_default();
    let queue =
        queues.get(name).with_context(|| format!("{property} is not the ARN of a queue"))?;
    Ok(&queue.arn)
}

async fn create_queue(resource: &Resource<'_>, sqs: &dyn CallAction) -> Result<ProvisionedQueue> {
    let mut attributes = Map::new();
    for name in QUEUE_ATTRIBUTES {
        if let Some(value) = resource.properties.get(name) {
            attributes.insert(name.to_owned(), Value::String(value.to_string()));
        }
    }
    let request = json!({ "QueueName": resource.name, "Attributes": attributes });
    let response = sqs.call_action("AmazonSQS.CreateQueue", &request).await?;
    let url =
        value_at(&response, "/QueueUrl").as_str().context("a queue without a URL")?.to_owned();
    let request = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let response = sqs.call_action("AmazonSQS.GetQueueAttributes", &request).await?;
    let arn =
        value_at(&response, "/Attributes/QueueArn").as_str().context("a queue without an ARN")?;
    Ok(ProvisionedQueue { url, arn: arn.to_owned() })
}

/// Sets the dead-letter queue of a queue, once both exist.
async fn set_redrive_policy(
    resource: &Resource<'_>,
    queues: &ProvisionedQueues,
    sqs: &dyn CallAction,
) -> Result<()> {
    let policy = value_at(resource.properties, "/RedrivePolicy");
    let Some(queue) = queues.get(resource.name).filter(|_| policy.is_object()) else {
        return Ok(());
    };
    let target = find_queue_arn(value_at(policy, "/deadLetterTargetArn"), queues)?;
    let receives = value_at(policy, "/maxReceiveCount");
    let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": receives }).to_string();
    let request = json!({ "QueueUrl": queue.url, "Attributes": { "RedrivePolicy": policy } });
    sqs.call_action("AmazonSQS.SetQueueAttributes", &request).await?;
    Ok(())
}
