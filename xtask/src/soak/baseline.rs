//! Measures the store alone, with conditional updates of about as many bytes as a row of the file.

use super::client::SoakClient;
use anyhow::Result;
use people_lambda_emulator::AwsEndpoint;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const CONCURRENCY: usize = 32;

/// Number of attributes of an update, of 37 bytes each.
const ATTRIBUTE_COUNT: usize = 16;

/// Measures the conditional updates per second.
pub(crate) async fn measure_update_rate(client: &SoakClient, count: u64) -> Result<f64> {
    let store = AwsEndpoint::new(client.dynamodb.clone())?;
    let (permits, began) = (Arc::new(Semaphore::new(CONCURRENCY)), Instant::now());
    let mut running = JoinSet::new();
    for n in 0..count {
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let (store, body) = (store.clone(), build_update(&client.table, n));
        running.spawn(async move {
            let _permit = permit;
            store.call_action("DynamoDB_20120810.UpdateItem", &body).await
        });
        while let Some(done) = running.try_join_next() {
            done??;
        }
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

/// Measures the duration of one such update.
pub(crate) async fn measure_update(client: &SoakClient) -> Result<Duration> {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
    let store = AwsEndpoint::new(client.dynamodb.clone())?;
    let body = build_update(&client.table, NEXT.fetch_add(1, Ordering::Relaxed));
    let began = Instant::now();
    store.call_action("DynamoDB_20120810.UpdateItem", &body).await?;
    Ok(began.elapsed())
}

fn build_update(table: &str, n: u64) -> Value {
    let (mut names, mut values, mut sets) = (Map::new(), Map::new(), Vec::new());
    names.insert("#at".to_owned(), "at".into());
    for at in 0..ATTRIBUTE_COUNT {
        names.insert(format!("#{at}"), format!("cNDXB1TZ0000000000{at:02}|v").into());
        values.insert(format!(":{at}"), json!({ "S": format!("{n:016}") }));
        sets.push(format!("#{at}=:{at}"));
    }
    json!({ "TableName": table, "Key": { "pk": { "S": format!("soak{}", n % 36) }, "sk": { "S": n.to_string() } },
        "UpdateExpression": format!("SET {}", sets.join(",")), "ConditionExpression": "attribute_not_exists(#at)",
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values, "ReturnValues": "ALL_NEW" })
}
