//! The table, the queues and the bucket that template.yaml describes, in this process.

use std::path::Path;

use anyhow::{Context, Result};
use people_lambda_emulator::{
    CallAction, ProvisionedQueues, create_queues, create_table, find_queue_arn, set_expiry,
};
use people_template::{ResolvedNames, Resource, Template, value_at};
use serde_json::json;

use crate::bucket::{BucketCredentials, EmbeddedBucket, Notification, ObjectFolder};
use crate::connections::REGION;
use crate::queues::EmbeddedQueues;
use crate::table::EmbeddedTable;

/// The services with what the template describes.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) table: EmbeddedTable,
    pub(crate) queues: EmbeddedQueues,
    pub(crate) queues_by_name: ProvisionedQueues,
    pub(crate) bucket: EmbeddedBucket,
    pub(crate) folder: ObjectFolder,
    /// The values of the template's references.
    pub(crate) names: ResolvedNames,
}

impl Resources {
    /// Opens the services and creates what the template describes. With `data` the table and the
    /// bucket are those of that folder. URLs of queues begin with `url`.
    pub(crate) async fn open(
        template: &Template,
        data: Option<&Path>,
        url: &str,
        credentials: &BucketCredentials,
    ) -> Result<Self> {
        let mut names = ResolvedNames::from([("AWS::Region".to_owned(), REGION.to_owned())]);
        let table = EmbeddedTable::open(data.map(|data| data.join("table.db")).as_deref())?;
        for resource in template.resources("AWS::DynamoDB::Table") {
            ensure_table(&resource, &table).await?;
            names.insert(resource.name.to_owned(), resource.name.to_owned());
        }
        let queues = EmbeddedQueues::new(url);
        let queues_by_name = create_queues(template, &queues).await?;
        names.extend(queues_by_name.iter().map(|(name, queue)| (name.clone(), queue.url.clone())));
        let folder = ObjectFolder::open(data.map(|data| data.join("objects")))?;
        let resource =
            template.resources("AWS::S3::Bucket").next().context("template.yaml has no bucket")?;
        // Names of buckets are in lower case.
        let name = resource.name.to_lowercase();
        let notification = read_notification(&resource, &queues, &queues_by_name)?;
        let bucket = EmbeddedBucket::open(&folder, &name, credentials, notification)?;
        names.insert(resource.name.to_owned(), name);
        Ok(Self { table, queues, queues_by_name, bucket, folder, names })
    }
}

/// Creates a table that a kept file does not have yet, and switches its expiry on: the process may
/// have ended between the two.
async fn ensure_table(resource: &Resource<'_>, table: &EmbeddedTable) -> Result<()> {
    let response = table.call_action("DynamoDB_20120810.ListTables", &json!({})).await?;
    let names = value_at(&response, "/TableNames").as_array();
    if !names.is_some_and(|names| names.iter().any(|name| name == resource.name)) {
        return create_table(resource, table).await;
    }
    let named = json!({ "TableName": resource.name });
    let expiry = table.call_action("DynamoDB_20120810.DescribeTimeToLive", &named).await?;
    let state = value_at(&expiry, "/TimeToLiveDescription/TimeToLiveStatus");
    if state == "DISABLED" {
        set_expiry(resource, table).await?;
    }
    Ok(())
}

/// Reads the one notification of the bucket: the prefix of its keys and its queue.
fn read_notification(
    resource: &Resource<'_>,
    queues: &EmbeddedQueues,
    by_name: &ProvisionedQueues,
) -> Result<Notification> {
    let configurations =
        value_at(resource.properties, "/NotificationConfiguration/QueueConfigurations").as_array();
    let Some([configuration]) = configurations.map(Vec::as_slice) else {
        anyhow::bail!("the bucket of template.yaml has not exactly one notification");
    };
    let rule = value_at(configuration, "/Filter/S3Key/Rules/0/Value");
    let prefix = rule.as_str().context("the notification has no prefix")?.to_owned();
    let arn = find_queue_arn(value_at(configuration, "/Queue"), by_name)?;
    let queue = by_name.values().find(|queue| queue.arn == arn).context("no such queue")?;
    Ok(Notification { prefix, queue_url: queue.url.clone(), queues: queues.clone() })
}
