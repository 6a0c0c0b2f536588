//! A pool with real processes, the example `function`: responses, errors, ended processes, deadlines, limits, and nothing
//! left behind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use people_lambda_emulator::{
    FunctionPool, FunctionSpec, Invoke, InvokeError, LAMBDA_PAYLOAD_BYTES_MAX,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for something that must happen.
const LONG: Duration = Duration::from_secs(30);

/// Cargo builds examples beside the tests.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("examples/function");
    assert!(
        binary.exists(),
        "built by `cargo test -p people-lambda-emulator`, not by its `--test`"
    );
    binary
}

fn spec() -> FunctionSpec {
    FunctionSpec {
        name: "function".to_owned(),
        binary: binary(),
        env: BTreeMap::from([("WORD".to_owned(), "all".to_owned())]),
        first_env: BTreeMap::new(),
        instances: 1,
        timeout: LONG,
        payload_bytes_max: LAMBDA_PAYLOAD_BYTES_MAX,
        allow_recursion: false,
        log: None,
    }
}

async fn invoke_json(pool: &FunctionPool, event: Value) -> Result<Value, InvokeError> {
    let answer = pool.invoke(event.to_string().into()).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

async fn process_id(pool: &FunctionPool) -> u64 {
    invoke_json(pool, json!({})).await.unwrap()["process"].as_u64().unwrap()
}

/// Whether a process runs. A killed one whose parent has not noticed yet is a zombie.
fn is_alive(process: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

async fn wait_until_gone(process: u64) {
    let gone = async {
        while is_alive(process) {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, gone).await.unwrap();
}

#[tokio::test]
async fn an_event_is_answered_with_the_environment_that_was_given() {
    let pool = FunctionPool::new(spec());
    let answer = invoke_json(&pool, json!({ "a": 1 })).await.unwrap();
    assert_eq!((&answer["event"], &answer["word"]), (&json!({ "a": 1 }), &json!("all")));
    assert_eq!(answer["home"], Value::Null);
    assert_eq!(answer["arn"], "arn:aws:lambda:us-east-1:000000000000:function:function");
    let left = invoke_json(&pool, json!({ "do": "time" })).await.unwrap().as_u64().unwrap();
    assert!(left > 0 && u128::from(left) <= LONG.as_millis(), "{left}");
}

#[tokio::test]
async fn an_error_is_told_and_the_process_goes_on() {
    let pool = FunctionPool::new(spec());
    let before = process_id(&pool).await;
    let Err(InvokeError::Function(error)) = invoke_json(&pool, json!({ "do": "fail" })).await
    else {
        panic!("an answer to a call that failed")
    };
    assert!(String::from_utf8_lossy(&error).contains("as told"));
    assert_eq!(process_id(&pool).await, before);
}

#[tokio::test]
async fn a_death_fails_its_event_and_the_next_process_goes_on_without_what_the_first_had() {
    let first_env = BTreeMap::from([("WORD".to_owned(), "first".to_owned())]);
    let pool = FunctionPool::new(FunctionSpec { first_env, ..spec() });
    assert_eq!(invoke_json(&pool, json!({})).await.unwrap()["word"], "first");
    let Err(InvokeError::ProcessEnded(status)) = invoke_json(&pool, json!({ "do": "die" })).await
    else {
        panic!("an answer of a dead process")
    };
    assert_eq!(status.code(), Some(7));
    assert_eq!(invoke_json(&pool, json!({})).await.unwrap()["word"], "all");
}

#[tokio::test]
async fn one_killed_while_it_waits_costs_no_event() {
    let pool = FunctionPool::new(spec());
    let before = process_id(&pool).await;
    let killed = std::process::Command::new("kill").args(["-9", &before.to_string()]).status();
    assert!(killed.unwrap().success());
    wait_until_gone(before).await;
    assert_ne!(process_id(&pool).await, before);
}

#[tokio::test]
async fn the_deadline_kills() {
    let pool = FunctionPool::new(FunctionSpec { timeout: Duration::from_secs(2), ..spec() });
    let before = process_id(&pool).await;
    let error = invoke_json(&pool, json!({ "do": "hang" })).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut(_)), "{error}");
    // The caller may rely on it.
    assert!(!is_alive(before));
    assert_ne!(process_id(&pool).await, before);
}

#[tokio::test]
async fn lambdas_limits_hold() {
    let pool = FunctionPool::new(spec());
    let limit = 6 * 1024 * 1024;
    let large = invoke_json(&pool, json!({ "do": "fill", "length": limit })).await.unwrap();
    assert_eq!(large.as_str().unwrap().len(), limit);
    let error =
        invoke_json(&pool, json!({ "do": "fill", "length": limit + 1000 })).await.unwrap_err();
    assert!(matches!(error, InvokeError::ResponseTooLarge(_)), "{error}");
    let error = invoke_json(&pool, json!("a".repeat(limit + 1000))).await.unwrap_err();
    assert!(matches!(error, InvokeError::EventTooLarge(_)), "{error}");
    process_id(&pool).await;
}

#[tokio::test]
async fn a_function_that_does_not_start_is_an_error() {
    let env = BTreeMap::from([("START".to_owned(), "never".to_owned())]);
    let pool = FunctionPool::new(FunctionSpec { env, ..spec() });
    let error = timeout(LONG, invoke_json(&pool, json!({}))).await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::NotStarted(_)), "{error}");
    let binary = PathBuf::from("/nowhere");
    let pool = FunctionPool::new(FunctionSpec { binary, ..spec() });
    let error = timeout(LONG, invoke_json(&pool, json!({}))).await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::NotStarted(_)), "{error}");
}

#[tokio::test]
async fn each_process_has_one_event_at_a_time() {
    let pool = FunctionPool::new(FunctionSpec { instances: 3, ..spec() });
    let hang = json!({ "do": "hang" });
    let mut hanging = std::pin::pin!(async {
        tokio::join!(invoke_json(&pool, hang.clone()), invoke_json(&pool, hang))
    });
    let answers = async {
        let mut processes = BTreeSet::new();
        for _ in 0..20 {
            processes.insert(process_id(&pool).await);
        }
        processes
    };
    tokio::select! {
        // First, so that two of the three are taken before the first answer.
        biased;
        _ = &mut hanging => panic!("an end of what hangs"),
        processes = answers => assert_eq!(processes.len(), 1),
    }
    pool.stop().await;
    let (one, two) = timeout(LONG, hanging).await.unwrap();
    assert!(one.is_err() && two.is_err());
}

#[tokio::test]
async fn the_peak_of_memory_is_known_after_it_was_freed() {
    let pool = FunctionPool::new(spec());
    assert_eq!(pool.peak_memory(), None);
    let length: u64 = 100 * 1024 * 1024;
    assert_eq!(
        invoke_json(&pool, json!({ "do": "grow", "length": length })).await.unwrap(),
        length
    );
    let peak = pool.peak_memory().unwrap();
    assert!((length..2 * length).contains(&peak), "{peak}");
}

#[tokio::test]
async fn nothing_is_left() {
    for stops in [true, false] {
        let pool = FunctionPool::new(spec());
        let (own, bred) =
            (process_id(&pool).await, invoke_json(&pool, json!({ "do": "breed" })).await.unwrap());
        let bred = bred.as_u64().unwrap();
        assert!(is_alive(own) && is_alive(bred));
        if stops {
            pool.stop().await;
            assert!(!is_alive(own));
            assert!(matches!(invoke_json(&pool, json!({})).await, Err(InvokeError::Stopped)));
        } else {
            drop(pool);
        }
        wait_until_gone(own).await;
        wait_until_gone(bred).await;
    }
}

/// An event of a queue with this trace header.
fn traced_event(trace: &str) -> Value {
    json!({ "Records": [{ "body": "{}", "attributes": { "AWSTraceHeader": trace } }] })
}

#[tokio::test]
async fn a_chain_of_requests_may_invoke_a_function_sixteen_times() {
    let pool = FunctionPool::new(spec());
    let mut trace = "Root=1-a-b;Sampled=0".to_owned();
    for times in 1..=16 {
        let answer = invoke_json(&pool, traced_event(&trace)).await.unwrap();
        trace = answer["trace"].as_str().unwrap().to_owned();
        assert_eq!(trace, format!("Root=1-a-b;Lineage=function:{times}"));
    }
    let error = invoke_json(&pool, traced_event(&trace)).await.unwrap_err();
    assert!(matches!(error, InvokeError::RecursiveInvocation), "{error}");
    // A chain of its own.
    invoke_json(&pool, traced_event("Root=1-c-d")).await.unwrap();
}

#[tokio::test]
async fn a_function_that_allows_recursion_is_invoked_any_number_of_times() {
    let pool = FunctionPool::new(FunctionSpec { allow_recursion: true, ..spec() });
    let answer =
        invoke_json(&pool, traced_event("Root=1-a-b;Lineage=function:16|other:3")).await.unwrap();
    assert_eq!(answer["trace"], "Root=1-a-b;Lineage=function:17|other:3");
}
