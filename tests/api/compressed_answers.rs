//! Answers to callers that accept gzip (contract: envelope#compressed-answers).

use std::io::Read;

use flate2::read::GzDecoder;
use people_testkit::{Api, Reply, TestTenant};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::responses::send_gzip;

const COMPANIES: &str = "/v1/data/objects/query/company";

/// Sends a request that accepts gzip; returns the reply, decompressed, and the bytes of its body as
/// they came.
pub(crate) async fn send_accepting_gzip(request: RequestBuilder) -> (Reply, usize) {
    let answer = request.header("Accept-Encoding", "gzip").send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let mut text = Vec::new();
    match headers.get("content-encoding") {
        Some(encoding) => {
            assert_eq!(encoding, "gzip");
            GzDecoder::new(&*bytes).read_to_end(&mut text).unwrap();
        }
        None => text.extend_from_slice(&bytes),
    }
    let body = serde_json::from_slice(&text).unwrap_or_default();
    (Reply { status, headers, body }, bytes.len())
}

/// A tenant with a company whose answer is about as long as its summary.
async fn create_tenant(summary_chars: usize) -> TestTenant {
    let test = TestTenant::new().await;
    let record = json!({ "Name": "abc, Inc.", "Summary": "x".repeat(summary_chars) });
    let records = json!({ "records": [record] });
    send_gzip(&test.api(), Method::POST, "/v1/data/objects/company", &records).await;
    test
}

#[tokio::test]
async fn a_body_from_8_kb_on_is_compressed_for_those_who_accept_it() {
    for (summary_chars, is_compressed) in [(9_000, true), (7_000, false)] {
        let test = create_tenant(summary_chars).await;
        let api = test.api();
        let query = json!({ "select": ["Summary"] });
        let plain = api.post(COMPANIES, &query).await;
        let request = api.request(Method::POST, COMPANIES).json(&query);
        let (reply, bytes) = send_accepting_gzip(request).await;
        assert_eq!(reply.body["data"], plain.body["data"]);
        assert_eq!(reply.headers.contains_key("content-encoding"), is_compressed);
        assert_eq!(bytes < 1_000, is_compressed, "{bytes} bytes");
        assert_eq!(reply.headers["content-length"], bytes.to_string());
        assert_eq!(reply.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn those_who_do_not_accept_gzip_get_none() {
    let test = create_tenant(9_000).await;
    let api = test.api();
    for accepted in ["identity", "br", "gzip;q=0", "GZIP; q=0.0, deflate"] {
        let request = api.request(Method::POST, COMPANIES).header("Accept-Encoding", accepted);
        let reply = api.send(request.json(&json!({ "select": ["Summary"] }))).await;
        assert!(!reply.headers.contains_key("content-encoding"), "{accepted}");
        assert_eq!(reply.body["data"]["records"][0]["Summary"].as_str().unwrap().len(), 9_000);
    }
}

/// A cache between caller and service keeps them apart.
#[tokio::test]
async fn every_answer_varies_with_what_is_accepted() {
    let test = create_tenant(1).await;
    let api = test.api();
    let nobody = Api::new(&test.stack.base_url, "");
    for (reply, status) in [
        (api.post(COMPANIES, &json!({ "select": ["Name"] })).await, 200),
        (api.get("/v1//peoplemgmt/v1.0//people?Email=a%40b.co").await, 308),
        (api.post(COMPANIES, &json!([])).await, 400),
        (nobody.post(COMPANIES, &json!({ "select": ["Name"] })).await, 401),
        (api.get("/nope").await, 404),
    ] {
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.headers["vary"], "accept-encoding", "{status}");
    }
}
