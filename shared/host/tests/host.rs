//! The host with a real process, the example `function`: answers, errors, deaths, deadlines, limits, and nothing left.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use people_host::{FunctionSpec, Host, InvokeError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for what must come.
const LONG: Duration = Duration::from_secs(30);

/// Cargo builds examples beside the tests.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("examples/function");
    assert!(binary.exists(), "built by `cargo test -p people-host`, not by its `--test`");
    binary
}

fn spec() -> FunctionSpec {
    FunctionSpec {
        name: "function".to_owned(),
        binary: binary(),
        env: BTreeMap::from([("WORD".to_owned(), "all".to_owned())]),
        first_env: BTreeMap::new(),
        processes: 1,
        timeout: LONG,
        allow_recursion: false,
        log: None,
    }
}

async fn ask(host: &Host, event: Value) -> Result<Value, InvokeError> {
    let answer = host.invoke(event.to_string().into()).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

async fn process(host: &Host) -> u64 {
    ask(host, json!({})).await.unwrap()["process"].as_u64().unwrap()
}

/// A killed process of which no one has been told yet is still there, as a zombie.
fn lives(process: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

async fn gone(process: u64) {
    let gone = async {
        while lives(process) {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, gone).await.unwrap();
}

#[tokio::test]
async fn an_event_is_answered_with_the_environment_that_was_given() {
    let host = Host::start(spec()).await.unwrap();
    let answer = ask(&host, json!({ "a": 1 })).await.unwrap();
    assert_eq!((&answer["event"], &answer["word"]), (&json!({ "a": 1 }), &json!("all")));
    assert_eq!(answer["home"], Value::Null);
    assert_eq!(answer["arn"], "arn:aws:lambda:us-east-1:000000000000:function:function");
    let left = ask(&host, json!({ "do": "time" })).await.unwrap().as_u64().unwrap();
    assert!(left > 0 && u128::from(left) <= LONG.as_millis(), "{left}");
}

#[tokio::test]
async fn an_error_is_told_and_the_process_goes_on() {
    let host = Host::start(spec()).await.unwrap();
    let before = process(&host).await;
    let Err(InvokeError::Function(error)) = ask(&host, json!({ "do": "fail" })).await else {
        panic!("an answer to a call that failed")
    };
    assert!(String::from_utf8_lossy(&error).contains("as told"));
    assert_eq!(process(&host).await, before);
}

#[tokio::test]
async fn a_death_fails_its_event_and_the_next_process_goes_on_without_what_the_first_had() {
    let first_env = BTreeMap::from([("WORD".to_owned(), "first".to_owned())]);
    let host = Host::start(FunctionSpec { first_env, ..spec() }).await.unwrap();
    assert_eq!(ask(&host, json!({})).await.unwrap()["word"], "first");
    let Err(InvokeError::Died(status)) = ask(&host, json!({ "do": "die" })).await else {
        panic!("an answer of a dead process")
    };
    assert_eq!(status.code(), Some(7));
    assert_eq!(ask(&host, json!({})).await.unwrap()["word"], "all");
}

#[tokio::test]
async fn one_killed_while_it_waits_costs_no_event() {
    let host = Host::start(spec()).await.unwrap();
    let before = process(&host).await;
    let killed = std::process::Command::new("kill").args(["-9", &before.to_string()]).status();
    assert!(killed.unwrap().success());
    gone(before).await;
    assert_ne!(process(&host).await, before);
}

#[tokio::test]
async fn the_deadline_kills() {
    let host =
        Host::start(FunctionSpec { timeout: Duration::from_secs(2), ..spec() }).await.unwrap();
    let before = process(&host).await;
    let error = ask(&host, json!({ "do": "hang" })).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut(_)), "{error}");
    // Who hears of it may count on the end.
    assert!(!lives(before));
    assert_ne!(process(&host).await, before);
}

#[tokio::test]
async fn lambdas_limits_hold() {
    let host = Host::start(spec()).await.unwrap();
    let limit = 6 * 1024 * 1024;
    let large = ask(&host, json!({ "do": "fill", "length": limit })).await.unwrap();
    assert_eq!(large.as_str().unwrap().len(), limit);
    let error = ask(&host, json!({ "do": "fill", "length": limit + 1000 })).await.unwrap_err();
    assert!(matches!(error, InvokeError::AnswerTooLarge(_)), "{error}");
    let error = ask(&host, json!("a".repeat(limit + 1000))).await.unwrap_err();
    assert!(matches!(error, InvokeError::EventTooLarge(_)), "{error}");
    process(&host).await;
}

#[tokio::test]
async fn a_function_that_does_not_start_is_an_error() {
    let env = BTreeMap::from([("START".to_owned(), "never".to_owned())]);
    let host = Host::start(FunctionSpec { env, ..spec() }).await.unwrap();
    let error = timeout(LONG, ask(&host, json!({}))).await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::Start(_)), "{error}");
    let binary = PathBuf::from("/nowhere");
    let host = Host::start(FunctionSpec { binary, ..spec() }).await.unwrap();
    let error = timeout(LONG, ask(&host, json!({}))).await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::Start(_)), "{error}");
}

#[tokio::test]
async fn each_process_has_one_event_at_a_time() {
    let host = Host::start(FunctionSpec { processes: 3, ..spec() }).await.unwrap();
    let hang = json!({ "do": "hang" });
    let mut hanging =
        std::pin::pin!(async { tokio::join!(ask(&host, hang.clone()), ask(&host, hang)) });
    let answers = async {
        let mut processes = BTreeSet::new();
        for _ in 0..20 {
            processes.insert(process(&host).await);
        }
        processes
    };
    tokio::select! {
        // First, so that two of the three are taken before the first answer.
        biased;
        _ = &mut hanging => panic!("an end of what hangs"),
        processes = answers => assert_eq!(processes.len(), 1),
    }
    host.stop().await;
    let (one, two) = timeout(LONG, hanging).await.unwrap();
    assert!(one.is_err() && two.is_err());
}

#[tokio::test]
async fn the_most_memory_is_known_after_it_was_freed() {
    let host = Host::start(spec()).await.unwrap();
    let grown: u64 = 100 * 1024 * 1024;
    assert_eq!(ask(&host, json!({ "do": "grow", "length": grown })).await.unwrap(), grown);
    let peak = host.peak_memory().unwrap();
    assert!((grown..2 * grown).contains(&peak), "{peak}");
}

#[tokio::test]
async fn nothing_is_left() {
    for stops in [true, false] {
        let host = Host::start(spec()).await.unwrap();
        let (own, bred) =
            (process(&host).await, ask(&host, json!({ "do": "breed" })).await.unwrap());
        let bred = bred.as_u64().unwrap();
        assert!(lives(own) && lives(bred));
        if stops {
            host.stop().await;
            assert!(!lives(own));
            assert!(matches!(ask(&host, json!({})).await, Err(InvokeError::Stopped)));
        } else {
            drop(host);
        }
        gone(own).await;
        gone(bred).await;
    }
}

/// An event of a queue whose message has come along this chain of requests.
fn message(trace: &str) -> Value {
    json!({ "Records": [{ "body": "{}", "attributes": { "AWSTraceHeader": trace } }] })
}

#[tokio::test]
async fn a_chain_of_requests_may_invoke_a_function_sixteen_times() {
    let host = Host::start(spec()).await.unwrap();
    let mut trace = "Root=1-a-b;Sampled=0".to_owned();
    for times in 1..=16 {
        let answer = ask(&host, message(&trace)).await.unwrap();
        trace = answer["trace"].as_str().unwrap().to_owned();
        assert_eq!(trace, format!("Root=1-a-b;Lineage=function:{times}"));
    }
    let error = ask(&host, message(&trace)).await.unwrap_err();
    assert!(matches!(error, InvokeError::RecursiveInvocation), "{error}");
    // A chain of its own.
    ask(&host, message("Root=1-c-d")).await.unwrap();
}

#[tokio::test]
async fn a_function_that_allows_recursion_is_invoked_any_number_of_times() {
    let host = Host::start(FunctionSpec { allow_recursion: true, ..spec() }).await.unwrap();
    let answer = ask(&host, message("Root=1-a-b;Lineage=function:16|other:3")).await.unwrap();
    assert_eq!(answer["trace"], "Root=1-a-b;Lineage=function:17|other:3");
}
