//! The proxy in front of a server that echoes its requests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use people_lambda_emulator::{AwsEndpoint, TraceProxy};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TRACE: &str = "Root=1-a-b;Lineage=function:3";

/// Refuses the message `bad`.
async fn start_sqs() -> AwsEndpoint {
    let told = async |uri: Uri, headers: HeaderMap, body: String| {
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        if body["MessageBody"] == "bad" {
            return (StatusCode::BAD_REQUEST, r#"{"__type":"Bad","message":"no"}"#.to_owned());
        }
        let action = headers.get("x-amz-target").map(|action| action.to_str().unwrap());
        let key = headers["authorization"].to_str().unwrap();
        let told = json!({ "path": uri.to_string(), "action": action, "key": key, "body": body });
        (StatusCode::OK, told.to_string())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(told);
    tokio::spawn(async move { axum::serve(listener, router).await });
    AwsEndpoint::new(url).unwrap()
}

/// The proxy's answer to a call of the action.
async fn call(action: &str, trace: Option<&str>, body: Value) -> (StatusCode, Value) {
    let proxy = TraceProxy::start(start_sqs().await).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(Method::POST, format!("{}/path?query", proxy.url()));
    let request = request.header("x-amz-target", format!("AmazonSQS.{action}"));
    let mut request = request.header("authorization", "own").body(body.to_string());
    if let Some(trace) = trace {
        request = request.header("X-Amzn-Trace-Id", trace);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

fn traced(message: &str, trace: &str) -> Value {
    let trace = json!({ "DataType": "String", "StringValue": trace });
    json!({ "QueueUrl": "queue", "MessageBody": message, "MessageSystemAttributes": { "AWSTraceHeader": trace } })
}

#[tokio::test]
async fn what_sends_nothing_passes_as_it_is() {
    let body = json!({ "QueueUrl": "queue", "MessageBody": "text" });
    for (action, trace) in [("SendMessage", None), ("ReceiveMessage", Some(TRACE))] {
        let (status, told) = call(action, trace, body.clone()).await;
        let expected = json!({
            "path": "/path?query", "action": format!("AmazonSQS.{action}"), "key": "own", "body": body,
        });
        assert_eq!((status, told), (StatusCode::OK, expected));
    }
}

#[tokio::test]
async fn a_message_gets_the_trace_of_who_sends_it_unless_it_has_one() {
    let body = json!({ "QueueUrl": "queue", "MessageBody": "text" });
    let (_, told) = call("SendMessage", Some(TRACE), body).await;
    assert_eq!(told["body"], traced("text", TRACE));
    let (_, told) = call("SendMessage", Some(TRACE), traced("text", "Root=1-c-d")).await;
    assert_eq!(told["body"], traced("text", "Root=1-c-d"));
    let bad = json!({ "QueueUrl": "queue", "MessageBody": "bad" });
    let (status, told) = call("SendMessage", Some(TRACE), bad).await;
    assert_eq!(
        (status, told),
        (StatusCode::BAD_REQUEST, json!({ "__type": "Bad", "message": "no" }))
    );
}

#[tokio::test]
async fn each_message_of_a_batch_gets_the_trace_and_has_an_outcome_of_its_own() {
    let entry = |id: &str, text: &str| json!({ "Id": id, "MessageBody": text });
    let entries = [entry("0", "one"), entry("1", "bad"), entry("2", "two")];
    let body = json!({ "QueueUrl": "queue", "Entries": entries });
    let (status, answer) = call("SendMessageBatch", Some(TRACE), body).await;
    assert_eq!(status, StatusCode::OK);
    let sent = answer["Successful"].as_array().unwrap().iter();
    let sent: Vec<_> = sent.map(|sent| (&sent["Id"], &sent["action"], &sent["body"])).collect();
    let action = json!("AmazonSQS.SendMessage");
    let (one, two) = (traced("one", TRACE), traced("two", TRACE));
    assert_eq!(sent, [(&json!("0"), &action, &one), (&json!("2"), &action, &two)]);
    let failed = json!([{ "Id": "1", "Code": "Bad", "Message": "no", "SenderFault": true }]);
    assert_eq!(answer["Failed"], failed);
}
