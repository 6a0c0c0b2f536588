//! A watched function in front of a server that takes the part of `cargo lambda watch`.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use people_lambda_emulator::{FunctionSpec, Invoke, InvokeError, StartedBy, WatchedFunction};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Long enough for a request to reach a server of this process.
const A_WHILE: Duration = Duration::from_millis(300);

/// Counts the requests that wait and those that are over.
#[derive(Clone)]
struct Watch {
    url: String,
    arrived: Arc<Semaphore>,
    gate: Arc<Semaphore>,
    left: Arc<Semaphore>,
}

impl Watch {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let none = || Arc::new(Semaphore::new(0));
        let watch = Self { url, arrived: none(), gate: none(), left: none() };
        let path = "/2015-03-31/functions/people-get/invocations";
        let router = axum::Router::new().route(path, post(handle)).with_state(watch.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        watch
    }
}

/// Answers `wait` when the gate is closed, `fail` with an error, and others with themselves.
async fn handle(State(watch): State<Watch>, event: Bytes) -> (StatusCode, Bytes) {
    match &*event {
        b"wait" => {
            watch.arrived.add_permits(1);
            let _closed = watch.gate.acquire().await;
            watch.left.add_permits(1);
            (StatusCode::OK, event)
        }
        b"fail" => (StatusCode::INTERNAL_SERVER_ERROR, event),
        _ => (StatusCode::OK, event),
    }
}

fn function(url: &str, instances: usize) -> Arc<WatchedFunction> {
    let spec = FunctionSpec {
        name: "PeopleGet".to_owned(),
        binary: PathBuf::from("target/debug/people-get"),
        env: BTreeMap::new(),
        first_env: BTreeMap::new(),
        instances,
        timeout: Duration::from_secs(30),
        payload_bytes_max: 10,
        allow_recursion: false,
        log: None,
    };
    Arc::new(WatchedFunction::new(url, spec, StartedBy::Watch).unwrap())
}

#[tokio::test]
async fn an_event_is_answered() {
    let function = function(&Watch::start().await.url, 1);
    assert_eq!(function.invoke("event".into()).await.unwrap(), "event");
    let error = function.invoke("fail".into()).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Function(body) if body == "fail"), "{error}");
    let error = function.invoke("01234567890".into()).await.unwrap_err();
    assert!(matches!(error, InvokeError::EventTooLarge(11)), "{error}");
}

#[tokio::test]
async fn an_emulator_that_is_gone_is_an_error_without_its_address() {
    let function = function("http://127.0.0.1:1", 1);
    let error = function.invoke("event".into()).await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable(_)), "{error}");
    assert!(!error.to_string().contains("people-get"), "{error}");
}

#[tokio::test]
async fn the_emulator_has_no_more_requests_than_instances_and_never_more_than_forty() {
    for (instances, expected) in [(3, 3), (100, 40)] {
        let watch = Watch::start().await;
        let function = function(&watch.url, instances);
        let invoke = || {
            let function = Arc::clone(&function);
            tokio::spawn(async move { function.invoke("wait".into()).await })
        };
        let sent: Vec<_> = (0..expected + 5).map(|_| invoke()).collect();
        watch.arrived.acquire_many(expected).await.unwrap().forget();
        assert!(timeout(A_WHILE, watch.arrived.acquire()).await.is_err());
        watch.gate.close();
        for invocation in sent {
            assert_eq!(invocation.await.unwrap().unwrap(), "wait");
        }
    }
}

#[tokio::test]
async fn an_invocation_whose_caller_goes_away_runs_to_its_end() {
    let watch = Watch::start().await;
    let function = function(&watch.url, 1);
    let invocation = tokio::spawn(async move { function.invoke("wait".into()).await });
    watch.arrived.acquire().await.unwrap().forget();
    invocation.abort();
    assert!(timeout(A_WHILE, watch.left.acquire()).await.is_err());
    watch.gate.close();
    timeout(10 * A_WHILE, watch.left.acquire()).await.unwrap().unwrap().forget();
}
