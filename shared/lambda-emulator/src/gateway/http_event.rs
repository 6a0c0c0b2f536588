//! Forms the event of a request: payload format 2.0 of API Gateway.

use super::request_body::EventBody;
use super::route_table::RouteMatch;
use axum::http::header::{CONTENT_LENGTH, COOKIE, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The gateway listens on the loopback interface only.
const SOURCE_IP: &str = "127.0.0.1";

pub(super) fn build_event(parts: &Parts, body: &EventBody, matched: &RouteMatch<'_>) -> Bytes {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let route_key = matched.route.key();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": join_headers(&parts.headers, body.length),
        "requestContext": request_context(parts, &route_key),
        "isBase64Encoded": body.is_base64 && body.length > 0,
    });
    let optional = [
        ("cookies", split_cookies(&parts.headers)),
        ("queryStringParameters", parse_query(query)),
        ("pathParameters", json!(matched.path_parameters)),
        ("body", json!(body.text)),
    ];
    if let Some(event) = event.as_object_mut() {
        // AWS leaves out what a request does not have.
        let present = optional.into_iter().filter(|(_, value)| !is_empty(value));
        event.extend(present.map(|(name, value)| (name.to_owned(), value)));
    }
    event.to_string().into()
}

fn request_context(parts: &Parts, route_key: &str) -> Value {
    let host = join_values(&parts.headers, &HOST);
    let now = Timestamp::now();
    json!({
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": parts.uri.path(),
            "protocol": format!("{:?}", parts.version),
            "sourceIp": SOURCE_IP,
            "userAgent": join_values(&parts.headers, &USER_AGENT),
        },
        "requestId": Uuid::now_v7().to_string(),
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.as_millisecond(),
    })
}

/// The headers with names in lower case, several values of one name joined, and cookies left out.
fn join_headers(headers: &HeaderMap, body_length: usize) -> Map<String, Value> {
    let names = headers.keys().filter(|name| **name != COOKIE);
    let mut joined: Map<_, _> =
        names.map(|name| (name.as_str().to_owned(), join_values(headers, name).into())).collect();
    if body_length > 0 || headers.contains_key(CONTENT_LENGTH) {
        joined.insert(CONTENT_LENGTH.to_string(), body_length.to_string().into());
    }
    joined
}

fn join_values(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    texts.collect::<Vec<_>>().join(",")
}

fn split_cookies(headers: &HeaderMap) -> Value {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split("; ")).map(Value::from).collect()
}

/// The parameters of the query, decoded, several values of one name joined.
fn parse_query(query: &str) -> Value {
    let mut parameters = Map::new();
    let Ok(url) = Url::parse(&format!("http://localhost/?{query}")) else { return Value::Null };
    for (name, value) in url.query_pairs() {
        match parameters.get_mut(&*name) {
            Some(Value::String(values)) => *values += &format!(",{value}"),
            _ => {
                parameters.insert(name.into_owned(), value.into());
            }
        }
    }
    parameters.into()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => value.is_null(),
    }
}
