//! Creates the table of template.yaml.

use crate::CallAction;
use anyhow::Result;
use people_template::{Resource, value_at};
use serde_json::json;

/// Creates a table under its logical name, with its expiry.
///
/// # Errors
/// When the emulator refuses it or does not respond.
pub async fn create_table(resource: &Resource<'_>, dynamodb: &dyn CallAction) -> Result<()> {
    let part = |name: &str| value_at(resource.properties, name);
    let request = json!({
        "TableName": resource.name,
        "AttributeDefinitions": part("/AttributeDefinitions"),
        "KeySchema": part("/KeySchema"),
        "BillingMode": part("/BillingMode"),
    });
    dynamodb.call_action("DynamoDB_20120810.CreateTable", &request).await?;
    set_expiry(resource, dynamodb).await
}

/// Switches the expiry of a table on, if it has one.
///
/// # Errors
/// When the emulator refuses it or does not respond.
pub async fn set_expiry(resource: &Resource<'_>, dynamodb: &dyn CallAction) -> Result<()> {
    let expiry = value_at(resource.properties, "/TimeToLiveSpecification");
    if !expiry.is_null() {
        let request = json!({ "TableName": resource.name, "TimeToLiveSpecification": expiry });
        dynamodb.call_action("DynamoDB_20120810.UpdateTimeToLive", &request).await?;
    }
    Ok(())
}
