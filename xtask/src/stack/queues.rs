//! The queues of template.yaml, dead-letter queues too.

use crate::template::{Resource, Template, field};
use anyhow::{Context, Result};
use people_host::Emulator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Attributes of a queue that are plain values in the template.
const QUEUE_ATTRIBUTES: [&str; 4] = [
    "DelaySeconds",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
];

/// A queue as the emulator made it.
pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) arn: String,
}

/// By logical name.
pub(crate) type Queues = BTreeMap<String, Queue>;

pub(crate) async fn create(template: &Template, sqs: &Emulator) -> Result<Queues> {
    let mut queues = Queues::new();
    for resource in template.resources("AWS::SQS::Queue") {
        queues.insert(resource.name.to_owned(), queue(&resource, sqs).await?);
    }
    for resource in template.resources("AWS::SQS::Queue") {
        redrive(&resource, &queues, sqs).await?;
    }
    Ok(queues)
}

/// The ARN of the queue that a property names as `!GetAtt Queue.Arn`.
pub(crate) fn arn<'q>(property: &Value, queues: &'q Queues) -> Result<&'q str> {
    let name = field(property, "/Fn::GetAtt/0").as_str().unwrap_or_default();
    let queue = queues.get(name).with_context(|| format!("{property} is the ARN of no queue"))?;
    Ok(&queue.arn)
}

async fn queue(resource: &Resource<'_>, sqs: &Emulator) -> Result<Queue> {
    let mut attributes = Map::new();
    for name in QUEUE_ATTRIBUTES {
        if let Some(value) = resource.properties.get(name) {
            attributes.insert(name.to_owned(), Value::String(value.to_string()));
        }
    }
    let body = json!({ "QueueName": resource.name, "Attributes": attributes });
    let answer = sqs.action("AmazonSQS.CreateQueue", &body).await?;
    let url = field(&answer, "/QueueUrl").as_str().context("a queue without a URL")?.to_owned();
    let asked = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let answer = sqs.action("AmazonSQS.GetQueueAttributes", &asked).await?;
    let arn = field(&answer, "/Attributes/QueueArn").as_str().context("a queue without an ARN")?;
    Ok(Queue { url, arn: arn.to_owned() })
}

/// Names the queue that takes what was received too often; both exist by now.
async fn redrive(resource: &Resource<'_>, queues: &Queues, sqs: &Emulator) -> Result<()> {
    let policy = field(resource.properties, "/RedrivePolicy");
    let Some(queue) = queues.get(resource.name).filter(|_| policy.is_object()) else {
        return Ok(());
    };
    let dead = arn(field(policy, "/deadLetterTargetArn"), queues)?;
    let times = field(policy, "/maxReceiveCount");
    let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": times }).to_string();
    let body = json!({ "QueueUrl": queue.url, "Attributes": { "RedrivePolicy": policy } });
    sqs.action("AmazonSQS.SetQueueAttributes", &body).await?;
    Ok(())
}
