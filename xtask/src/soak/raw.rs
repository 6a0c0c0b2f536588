//! The store alone: conditional updates of about as many bytes as a row of the file writes.

use super::client::Client;
use anyhow::Result;
use people_host::Emulator;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const AT_ONCE: usize = 32;

/// Attributes of an update, of 37 bytes each.
const ATTRIBUTES: usize = 16;

pub(crate) async fn updates_a_second(client: &Client, count: u64) -> Result<f64> {
    let store = Emulator::new(client.dynamodb.clone())?;
    let (places, began) = (Arc::new(Semaphore::new(AT_ONCE)), Instant::now());
    let mut running = JoinSet::new();
    for n in 0..count {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (store, body) = (store.clone(), update(&client.table, n));
        running.spawn(async move {
            let _place = place;
            store.action("DynamoDB_20120810.UpdateItem", &body).await
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

/// How long one such update takes now.
pub(crate) async fn one_update(client: &Client) -> Result<Duration> {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
    let store = Emulator::new(client.dynamodb.clone())?;
    let body = update(&client.table, NEXT.fetch_add(1, Ordering::Relaxed));
    let began = Instant::now();
    store.action("DynamoDB_20120810.UpdateItem", &body).await?;
    Ok(began.elapsed())
}

fn update(table: &str, n: u64) -> Value {
    let (mut names, mut values, mut sets) = (Map::new(), Map::new(), Vec::new());
    names.insert("#at".to_owned(), "at".into());
    for at in 0..ATTRIBUTES {
        names.insert(format!("#{at}"), format!("cNDXB1TZ0000000000{at:02}|v").into());
        values.insert(format!(":{at}"), json!({ "S": format!("{n:016}") }));
        sets.push(format!("#{at}=:{at}"));
    }
    json!({ "TableName": table, "Key": { "pk": { "S": format!("soak{}", n % 36) }, "sk": { "S": n.to_string() } },
        "UpdateExpression": format!("SET {}", sets.join(",")), "ConditionExpression": "attribute_not_exists(#at)",
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values, "ReturnValues": "ALL_NEW" })
}
