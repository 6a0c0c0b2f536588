//! A function that does what its event says, for the tests of this crate.
#![allow(clippy::indexing_slicing, reason = "JSON without the key gives null")]

use lambda_http::lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use std::process::{Command, exit};
use std::time::{SystemTime, UNIX_EPOCH};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("START").is_some_and(|start| start == "never") {
        exit(3);
    }
    run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (order, length) = (&event.payload["do"], &event.payload["length"]);
    let length = usize::try_from(length.as_u64().unwrap_or_default())?;
    match order.as_str().unwrap_or_default() {
        "fail" => Err("as told".into()),
        "die" => exit(7),
        "hang" => std::future::pending().await,
        // Written to, or the kernel would not allocate it.
        "grow" => Ok(json!(std::hint::black_box(vec![1_u8; length]).len())),
        "fill" => Ok(json!("a".repeat(length))),
        // A child process that the pool does not know.
        "breed" => Ok(json!(Command::new("sleep").arg("300").spawn()?.id())),
        "time" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            Ok(json!(u128::from(event.context.deadline).saturating_sub(now.as_millis())))
        }
        _ => Ok(json!({
            "event": event.payload,
            "process": std::process::id(),
            "word": std::env::var("WORD").ok(),
            "home": std::env::var("HOME").ok(),
            "trace": event.context.xray_trace_id,
            "arn": event.context.invoked_function_arn,
        })),
    }
}
