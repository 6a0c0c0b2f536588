//! Table, queues and bucket, made in the emulators as template.yaml says. Logical names serve as names.

use super::buckets;
use super::child::REGION;
use super::emulators::Emulators;
use super::queues::{self, Queues};
use crate::template::{Names, Resource, Template, field};
use anyhow::Result;
use people_host::Emulator;
use serde_json::json;

pub(crate) struct Made {
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) queues: Queues,
    pub(crate) names: Names,
}

pub(crate) async fn create(template: &Template, emulators: &Emulators) -> Result<Made> {
    let (mut table, mut bucket) = (String::new(), String::new());
    let mut names = Names::from([("AWS::Region".to_owned(), REGION.to_owned())]);
    for resource in template.resources("AWS::DynamoDB::Table") {
        table = create_table(&resource, &emulators.dynamodb).await?;
        names.insert(resource.name.to_owned(), table.clone());
    }
    let queues = queues::create(template, &emulators.ministack).await?;
    names.extend(queues.iter().map(|(name, queue)| (name.clone(), queue.url.clone())));
    for resource in template.resources("AWS::S3::Bucket") {
        bucket = buckets::create(&resource, &queues, &emulators.ministack).await?;
        names.insert(resource.name.to_owned(), bucket.clone());
    }
    Ok(Made { table, bucket, queues, names })
}

async fn create_table(resource: &Resource<'_>, dynamodb: &Emulator) -> Result<String> {
    let part = |name: &str| field(resource.properties, name);
    let body = json!({
        "TableName": resource.name,
        "AttributeDefinitions": part("/AttributeDefinitions"),
        "KeySchema": part("/KeySchema"),
        "BillingMode": part("/BillingMode"),
    });
    dynamodb.action("DynamoDB_20120810.CreateTable", &body).await?;
    let expiry = part("/TimeToLiveSpecification");
    if !expiry.is_null() {
        let body = json!({ "TableName": resource.name, "TimeToLiveSpecification": expiry });
        dynamodb.action("DynamoDB_20120810.UpdateTimeToLive", &body).await?;
    }
    Ok(resource.name.to_owned())
}
