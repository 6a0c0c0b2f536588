//! Accounts for every row: counts, results, people.

use super::client::SoakClient;
use super::file::SoakFile;
use anyhow::{Context, Result, ensure};
use people_lambda_emulator::AwsEndpoint;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Number of people that are checked one by one, in addition to those with several rows.
const CHECKED_PEOPLE: usize = 50;

/// The last write of each person, by key.
pub(crate) type Revisions = HashMap<String, String>;

pub(crate) fn check_counts(done: &Value, payload: &SoakFile) -> Result<()> {
    let expected = (payload.rows, payload.rows - payload.invalid, payload.invalid, 0);
    let count = |name: &str| done[name].as_u64().unwrap_or(u64::MAX);
    let counts = (
        count("totalRecords"),
        count("successCount"),
        count("failureCount"),
        count("partialRecords"),
    );
    ensure!(counts == expected, "the counts are {counts:?}, expected {expected:?}");
    Ok(())
}

/// Checks that the results of all chunks contain each row once.
pub(crate) async fn check_results(
    client: &SoakClient,
    done: &Value,
    payload: &SoakFile,
) -> Result<()> {
    let mut seen = vec![false; payload.rows as usize + 1];
    for chunk in done["chunkDetails"].as_array().context("no chunks")? {
        let document = client.get(chunk["chunkURL"].as_str().context("no chunkURL")?).await?;
        for row in document["records"].as_array().context("no records")? {
            let number = row["rowNumber"].as_u64().context("no rowNumber")? as usize;
            let is_seen = seen.get_mut(number).context("a row that was not sent")?;
            ensure!(!std::mem::replace(is_seen, true), "row {number} is in two chunks");
        }
    }
    ensure!(seen.iter().skip(1).all(|seen| *seen), "a row is in no chunk");
    Ok(())
}

/// Checks that the last row of each person was written.
pub(crate) async fn check_people(client: &SoakClient, payload: &SoakFile) -> Result<()> {
    let step = payload.last.len() / CHECKED_PEOPLE + 1;
    let some = payload.last.keys().step_by(step);
    let repeated = payload.repeated.iter().take(500);
    for email in some.chain(repeated) {
        let path = format!("v1/peoplemgmt/v1.0/people?Email={}", email.replace('@', "%40"));
        let person = client.get(&path).await?;
        let row = payload.last.get(email).context("a person without a row")?;
        let location = &person["data"]["location"];
        ensure!(*location == format!("row {row}"), "row {row} was not written last: {location}");
        ensure!(
            person["data"]["companies"][0]["relationships"][0]["gsid"].is_string(),
            "no relationship"
        );
    }
    Ok(())
}

/// The revision of every person of the tenant.
pub(crate) async fn read_revisions(client: &SoakClient) -> Result<Revisions> {
    let store = AwsEndpoint::new(client.dynamodb.clone())?;
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
            let page = store.call_action("DynamoDB_20120810.Query", &query).await?;
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
