//! Every row accounted for: counts, results, people.

use super::client::Client;
use super::file::Payload;
use anyhow::{Context, Result, ensure};
use people_host::Emulator;
use serde_json::{Value, json};
use std::collections::HashMap;

/// People that are looked at one by one, beside all that have several rows.
const LOOKED_AT: usize = 50;

/// The last write of each person, by key.
pub(crate) type Revisions = HashMap<String, String>;

pub(crate) fn counts(done: &Value, payload: &Payload) -> Result<()> {
    let expected = (payload.rows, payload.rows - payload.invalid, payload.invalid, 0);
    let count = |name: &str| done[name].as_u64().unwrap_or(u64::MAX);
    let counts = (
        count("totalRecords"),
        count("successCount"),
        count("failureCount"),
        count("partialRecords"),
    );
    ensure!(counts == expected, "counts {counts:?}, not {expected:?}");
    Ok(())
}

/// The results of all chunks have each row once.
pub(crate) async fn results(client: &Client, done: &Value, payload: &Payload) -> Result<()> {
    let mut seen = vec![false; payload.rows as usize + 1];
    for chunk in done["chunkDetails"].as_array().context("no chunks")? {
        let document = client.get(chunk["chunkURL"].as_str().context("no chunkURL")?).await?;
        for row in document["records"].as_array().context("no records")? {
            let number = row["rowNumber"].as_u64().context("no rowNumber")? as usize;
            let place = seen.get_mut(number).context("a row that was not sent")?;
            ensure!(!std::mem::replace(place, true), "row {number} is in two chunks");
        }
    }
    ensure!(seen.iter().skip(1).all(|seen| *seen), "a row is in no chunk");
    Ok(())
}

/// The last row of a person is what stands.
pub(crate) async fn people(client: &Client, payload: &Payload) -> Result<()> {
    let step = payload.last.len() / LOOKED_AT + 1;
    let some = payload.last.keys().step_by(step);
    let repeated = payload.repeated.iter().take(500);
    for email in some.chain(repeated) {
        let path = format!("v1/peoplemgmt/v1.0/people?Email={}", email.replace('@', "%40"));
        let person = client.get(&path).await?;
        let row = payload.last.get(email).context("a person of no row")?;
        let location = &person["data"]["location"];
        ensure!(*location == format!("row {row}"), "row {row} is not what stands: {location}");
        ensure!(
            person["data"]["companies"][0]["relationships"][0]["gsid"].is_string(),
            "no relationship"
        );
    }
    Ok(())
}

/// The revision of every person of the tenant.
pub(crate) async fn revisions(client: &Client) -> Result<Revisions> {
    let store = Emulator::new(client.dynamodb.clone())?;
    let mut revisions = Revisions::new();
    for shard in ('0'..='9').chain('A'..='Z') {
        let mut from = Value::Null;
        loop {
            let mut query = json!({ "TableName": client.table, "ProjectionExpression": "sk, v",
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": { ":pk": { "S": format!("{}#P#{shard}", client.tenant) } } });
            if !from.is_null() {
                query["ExclusiveStartKey"] = from;
            }
            let page = store.action("DynamoDB_20120810.Query", &query).await?;
            for item in page["Items"].as_array().into_iter().flatten() {
                let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
                revisions.insert(text("sk"), text("v"));
            }
            from = page["LastEvaluatedKey"].clone();
            if from.is_null() {
                break;
            }
        }
    }
    Ok(revisions)
}
