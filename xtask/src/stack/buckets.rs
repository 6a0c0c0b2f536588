//! The bucket of template.yaml, with its versions and what it tells of new objects.

use super::queues::{Queues, arn};
use crate::template::{Resource, field};
use anyhow::{Context, Result};
use people_host::{Emulator, sound};
use reqwest::Method;
use serde_json::Value;
use std::fmt::Write;

const VERSIONS: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/// Creates the bucket; the answer is its name.
pub(crate) async fn create(
    resource: &Resource<'_>,
    queues: &Queues,
    s3: &Emulator,
) -> Result<String> {
    // A bucket's name has no capitals.
    let name = resource.name.to_lowercase();
    put(s3, &format!("/{name}"), String::new()).await.context("creating the bucket")?;
    if field(resource.properties, "/VersioningConfiguration/Status") == "Enabled" {
        let path = format!("/{name}?versioning");
        put(s3, &path, VERSIONS.to_owned()).await.context("versions of the bucket")?;
    }
    let told = field(resource.properties, "/NotificationConfiguration/QueueConfigurations");
    if let Some(told) = told.as_array() {
        let path = format!("/{name}?notification");
        put(s3, &path, notifications(told, queues)?).await.context("what the bucket tells")?;
    }
    Ok(name)
}

async fn put(s3: &Emulator, path: &str, body: String) -> Result<()> {
    sound(s3.request(Method::PUT, path).body(body).send().await?).await?;
    Ok(())
}

/// The template's list in the words of S3, which differ from CloudFormation's.
fn notifications(configurations: &[Value], queues: &Queues) -> Result<String> {
    let mut text = "<NotificationConfiguration>".to_owned();
    for configuration in configurations {
        let queue = arn(field(configuration, "/Queue"), queues)?;
        let event =
            field(configuration, "/Event").as_str().context("a notification of no event")?;
        write!(text, "<QueueConfiguration><Queue>{queue}</Queue><Event>{event}</Event>")?;
        text.push_str("<Filter><S3Key>");
        for rule in field(configuration, "/Filter/S3Key/Rules").as_array().into_iter().flatten() {
            let part = |name| field(rule, name).as_str().context("half a rule of a filter");
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
    use crate::stack::queues::Queue;
    use serde_json::json;

    #[test]
    fn a_notification_in_the_words_of_s3() {
        let queue = Queue { url: String::new(), arn: "arn:aws:sqs:::Split".to_owned() };
        let queues = Queues::from([("SplitQueue".to_owned(), queue)]);
        let told = json!([{
            "Event": "s3:ObjectCreated:*",
            "Filter": { "S3Key": { "Rules": [{ "Name": "prefix", "Value": "upload/" }] } },
            "Queue": { "Fn::GetAtt": ["SplitQueue", "Arn"] },
        }]);
        let expected = "<NotificationConfiguration><QueueConfiguration>\
            <Queue>arn:aws:sqs:::Split</Queue><Event>s3:ObjectCreated:*</Event>\
            <Filter><S3Key><FilterRule><Name>prefix</Name><Value>upload/</Value></FilterRule></S3Key></Filter>\
            </QueueConfiguration></NotificationConfiguration>";
        assert_eq!(notifications(told.as_array().unwrap(), &queues).unwrap(), expected);
        assert!(notifications(told.as_array().unwrap(), &Queues::new()).is_err());
    }
}
