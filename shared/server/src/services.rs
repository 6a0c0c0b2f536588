//! The table and the queues for programs in other processes: the operator's command and tests. They
//! have the address of the API, and answer programs of this machine that know the secret key id.

use std::net::IpAddr;

use anyhow::{Result, ensure};
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::Value as Json;

use crate::queues::EmbeddedQueues;
use crate::table::EmbeddedTable;

/// The media type of both protocols.
const JSON_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// The header that names the operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// Bytes of a request, as DynamoDB limits them.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The text before the id of the key in the header of a signature.
const CREDENTIAL: &str = "Credential=";

/// The answer of a service, as JSON.
#[derive(Clone, Debug)]
pub(crate) struct ServiceAnswer {
    /// The status of HTTP.
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// The services behind the address of the API. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) table: EmbeddedTable,
    pub(crate) queues: EmbeddedQueues,
    /// The id of the key that callers must name. It is long and random, and kept as a secret.
    pub(crate) key_id: String,
    /// The address on which the server listens.
    pub(crate) own_address: IpAddr,
}

impl ServiceAnswer {
    pub(crate) fn success(body: String) -> Self {
        Self { status: StatusCode::OK.as_u16(), body }
    }

    /// Parses the answer of an action; one that is an error becomes an error.
    pub(crate) fn into_result(self, action: &str) -> Result<Json> {
        ensure!(self.status == StatusCode::OK.as_u16(), "{action}: {}", self.body);
        Ok(serde_json::from_str(&self.body)?)
    }
}

impl IntoResponse for ServiceAnswer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(CONTENT_TYPE, JSON_TYPE)], self.body).into_response()
    }
}

impl Services {
    /// Whether a request is one to the services, from this machine, with the key. A page in a
    /// browser sends an `Origin`, and is refused whatever it knows.
    pub(crate) fn accept(&self, headers: &HeaderMap, peer: IpAddr) -> bool {
        let is_local = peer.is_loopback() || peer == self.own_address;
        let has_key = read_key_id(headers).is_some_and(|id| id == self.key_id);
        headers.contains_key(TARGET) && !headers.contains_key(ORIGIN) && is_local && has_key
    }

    /// Answers a request that was accepted.
    pub(crate) async fn answer_request(&self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let target = parts.headers.get(TARGET).and_then(|target| target.to_str().ok());
        self.run(target.unwrap_or_default(), body.to_bytes()).await.into_response()
    }

    /// Runs an operation, such as `AmazonSQS.SendMessage`.
    pub(crate) async fn run(&self, target: &str, body: Bytes) -> ServiceAnswer {
        match target.split_once('.') {
            Some(("AmazonSQS", operation)) => self.queues.run_operation(operation, &body).await,
            Some((_, operation)) => self.table.run_operation(operation, &body),
            None => self.table.run_operation(target, &body),
        }
    }
}

/// The id of the key in the header of a signature. The signature is not verified: an id that nobody
/// else knows does as well on one machine.
fn read_key_id(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    header.split(CREDENTIAL).nth(1)?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services() -> Services {
        Services {
            table: EmbeddedTable::open(None).unwrap(),
            queues: EmbeddedQueues::new("http://127.0.0.1:9000"),
            key_id: "secret".to_owned(),
            own_address: "192.168.1.5".parse().unwrap(),
        }
    }

    #[test]
    fn programs_of_this_machine_with_the_key_are_accepted_and_no_others() {
        let signature = |id: &str| format!("AWS4-HMAC-SHA256 Credential={id}/2026/x, Signature=0");
        for (id, origin, peer, accepted) in [
            ("secret", None, "127.0.0.1", true),
            ("secret", None, "192.168.1.5", true),
            ("secret", None, "192.168.1.6", false),
            ("secret", Some("http://127.0.0.1:9000"), "127.0.0.1", false),
            ("test", None, "127.0.0.1", false),
            ("", None, "127.0.0.1", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(TARGET, HeaderValue::from_static("AmazonSQS.SendMessage"));
            headers.insert(AUTHORIZATION, signature(id).parse().unwrap());
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            let peer = peer.parse().unwrap();
            assert_eq!(services().accept(&headers, peer), accepted, "{id} {origin:?} {peer:?}");
            headers.remove(TARGET);
            assert!(!services().accept(&headers, peer), "that is a call of the API");
        }
    }
}
