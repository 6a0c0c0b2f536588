//! Creates table, queues and bucket in the emulators as template.yaml describes them, under their logical names.

use super::buckets;
use super::emulators::Emulators;
use super::environment::REGION;
use super::queues::{ProvisionedQueues, create_queues};
use people_template::{ResolvedNames, Resource, Template, value_at};
use anyhow::Result;
use people_lambda_emulator::AwsEndpoint;
use serde_json::json;

pub(crate) struct ProvisionedResources {
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) queues: ProvisionedQueues,
    pub(crate) names: ResolvedNames,
}

pub(crate) async fn create_resources(
    template: &Template,
    emulators: &Emulators,
) -> Result<ProvisionedResources> {
    let (mut table, mut bucket) = (String::new(), String::new());
    let mut names = ResolvedNames::from([("AWS::Region".to_owned(), REGION.to_owned())]);
    for resource in template.resources("AWS::DynamoDB::Table") {
        table = create_table(&resource, &emulators.dynamodb).await?;
        names.insert(resource.name.to_owned(), table.clone());
    }
    let queues = create_queues(template, &emulators.ministack).await?;
    names.extend(queues.iter().map(|(name, queue)| (name.clone(), queue.url.clone())));
    for resource in template.resources("AWS::S3::Bucket") {
        bucket = buckets::create_bucket(&resource, &queues, &emulators.ministack).await?;
        names.insert(resource.name.to_owned(), bucket.clone());
    }
    Ok(ProvisionedResources { table, bucket, queues, names })
}

async fn create_table(resource: &Resource<'_>, dynamodb: &AwsEndpoint) -> Result<String> {
    let part = |name: &str| value_at(resource.properties, name);
    let request = json!({
        "TableName": resource.name,
        "AttributeDefinitions": part("/AttributeDefinitions"),
        "KeySchema": part("/KeySchema"),
        "BillingMode": part("/BillingMode"),
    });
    dynamodb.call_action("DynamoDB_20120810.CreateTable", &request).await?;
    let expiry = part("/TimeToLiveSpecification");
    if !expiry.is_null() {
        let request = json!({ "TableName": resource.name, "TimeToLiveSpecification": expiry });
        dynamodb.call_action("DynamoDB_20120810.UpdateTimeToLive", &request).await?;
    }
    Ok(resource.name.to_owned())
}
