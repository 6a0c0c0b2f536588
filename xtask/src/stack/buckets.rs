//! Creates the bucket of template.yaml, with its versioning and its notifications of new objects.

use anyhow::{Context, Result};
use people_lambda_emulator::{AwsEndpoint, ProvisionedQueues, find_queue_arn, read_success};
use people_template::{Resource, value_at};
use reqwest::Method;
use serde_json::Value;
use std::fmt::Write;

const VERSIONING: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/// Creates the bucket and returns its name.
pub(crate) async fn create_bucket(
    resource: &Resource<'_>,
    queues: &ProvisionedQueues,
    s3: &AwsEndpoint,
) -> Result<String> {
    // Names of buckets are in lower case.
    let name = resource.name.to_lowercase();
    put_config(s3, &format!("/{name}"), String::new()).await.context("creating the bucket")?;
    if value_at(resource.properties, "/VersioningConfiguration/Status") == "Enabled" {
        let path = format!("/{name}?versioning");
        put_config(s3, &path, VERSIONING.to_owned())
            .await
            .context("enabling the versions of the bucket")?;
    }
    let configurations =
        value_at(resource.properties, "/NotificationConfiguration/QueueConfigurations");
    if let Some(configurations) = configurations.as_array() {
        let path = format!("/{name}?notification");
        put_config(s3, &path, format_notifications(configurations, queues)?)
            .await
            .context("setting the notifications of the bucket")?;
    }
    Ok(name)
}

async fn put_config(s3: &AwsEndpoint, path: &str, body: String) -> Result<()> {
    read_success(s3.request(Method::PUT, path).body(body).send().await?).await?;
    Ok(())
}

/// Formats the notifications of the template for S3, whose names differ from CloudFormation's.
fn format_notifications(configurations: &[Value], queues: &ProvisionedQueues) -> Result<String> {
    let mut text = "<NotificationConfiguration>".to_owned();
    for configuration in configurations {
        let queue = find_queue_arn(value_at(configuration, "/Queue"), queues)?;
        let event = value_at(configuration, "/Event")
            .as_str()
            .context("a notification without an event")?;
        write!(text, "<QueueConfiguration><Queue>{queue}</Queue><Event>{event}</Event>")?;
        text.push_str("<Filter><S3Key>");
        for rule in value_at(configuration, "/Filter/S3Key/Rules").as_array().into_iter().flatten()
        {
            let part =
                |name| value_at(rule, name).as_str().context("a rule without a name or a value");
            let (name, value) = (part("/Name")?, part("/Value")?);
            write!(text, "<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>")?;
        }
        text.push_str("</S3Key></Filter></QueueConfiguration>");
    }
    text.push_str("</NotificationConfiguration>");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use people_lambda_emulator::ProvisionedQueue;
    use serde_json::json;

    #[test]
    fn a_notification_is_formatted_for_s3() {
        let queue = ProvisionedQueue { url: String::new(), arn: "arn:aws:sqs:::Split".to_owned() };
        let queues = ProvisionedQueues::from([("SplitQueue".to_owned(), queue)]);
        let configurations = json!([{
            "Event": "s3:ObjectCreated:*",
            "Filter": { "S3Key": { "Rules": [{ "Name": "prefix", "Value": "upload/" }] } },
            "Queue": { "Fn::GetAtt": ["SplitQueue", "Arn"] },
        }]);
        let expected = "<NotificationConfiguration><QueueConfiguration>\
            <Queue>arn:aws:sqs:::Split</Queue><Event>s3:ObjectCreated:*</Event>\
            <Filter><S3Key><FilterRule><Name>prefix</Name><Value>upload/</Value></FilterRule></S3Key></Filter>\
            </QueueConfiguration></NotificationConfiguration>";
        assert_eq!(
            format_notifications(configurations.as_array().unwrap(), &queues).unwrap(),
            expected
        );
        assert!(
            format_notifications(configurations.as_array().unwrap(), &ProvisionedQueues::new())
                .is_err()
        );
    }
}
