//! Creates the table of template.yaml.

use crate::AwsEndpoint;
use anyhow::Result;
use people_template::{Resource, value_at};
use serde_json::json;

/// Creates a table under its logical name, with its expiry.
///
/// # Errors
/// When the emulator refuses it or does not respond.
pub async fn create_table(resource: &Resource<'_>, dynamodb: &AwsEndpoint) -> Result<()> {
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
    Ok(())
}
