//! Table, queues and bucket, made in the emulators as template.yaml says. Logical names serve as names.

use super::child::REGION;
use super::emulators::Emulators;
use super::queues;
use crate::http::{action, signed, sound};
use crate::template::{Names, Resource, Template, field};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;

pub(crate) struct Made {
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) names: Names,
}

pub(crate) async fn create(template: &Template, emulators: &Emulators) -> Result<Made> {
    let mut made = Made { table: String::new(), bucket: String::new(), names: Names::new() };
    made.names.insert("AWS::Region".to_owned(), REGION.to_owned());
    for resource in template.resources("AWS::DynamoDB::Table") {
        made.table = table(&resource, &emulators.dynamodb).await?;
        made.names.insert(resource.name.to_owned(), made.table.clone());
    }
    for resource in template.resources("AWS::S3::Bucket") {
        made.bucket = bucket(&resource, &emulators.ministack).await?;
        made.names.insert(resource.name.to_owned(), made.bucket.clone());
    }
    for resource in template.resources("AWS::SQS::Queue") {
        made.names.insert(
            resource.name.to_owned(),
            queues::create(&resource, &emulators.ministack).await?,
        );
    }
    for resource in template.resources("AWS::SQS::Queue") {
        queues::redrive(&resource, &made.names, &emulators.ministack).await?;
    }
    Ok(made)
}

async fn table(resource: &Resource<'_>, endpoint: &str) -> Result<String> {
    let part = |name: &str| field(resource.properties, name);
    let body = json!({
        "TableName": resource.name,
        "AttributeDefinitions": part("/AttributeDefinitions"),
        "KeySchema": part("/KeySchema"),
        "BillingMode": part("/BillingMode"),
    });
    action(endpoint, "DynamoDB_20120810.CreateTable", &body).await?;
    let expiry = part("/TimeToLiveSpecification");
    if !expiry.is_null() {
        let body = json!({ "TableName": resource.name, "TimeToLiveSpecification": expiry });
        action(endpoint, "DynamoDB_20120810.UpdateTimeToLive", &body).await?;
    }
    Ok(resource.name.to_owned())
}

async fn bucket(resource: &Resource<'_>, endpoint: &str) -> Result<String> {
    // A bucket's name has no capitals.
    let name = resource.name.to_lowercase();
    let url = format!("{endpoint}/{name}");
    sound(signed(Method::PUT, &url)?.send().await?).await.context("creating the bucket")?;
    if field(resource.properties, "/VersioningConfiguration/Status") == "Enabled" {
        let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        let request = signed(Method::PUT, &format!("{url}?versioning"))?.body(body);
        sound(request.send().await?).await.context("versioning of the bucket")?;
    }
    Ok(name)
}
