//! An HTTP client of the SDK that calls the bucket within the process. The address in its requests
//! only has to be the one that clients see: presigned URLs contain it, and signatures cover it.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Method, Request, header};

use super::EmbeddedBucket;

/// Builds the client.
pub(crate) fn build_http_client(bucket: EmbeddedBucket) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(BucketConnector(bucket));
    http_client_fn(move |_, _| connector.clone())
}

struct BucketConnector(EmbeddedBucket);

impl fmt::Debug for BucketConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BucketConnector")
    }
}

impl HttpConnector for BucketConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let bucket = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .map(s3s::Body::http_body);
            let is_head = request.method() == Method::HEAD;
            let response = bucket.answer(with_host(request)).await;
            // A server sends no body to a HEAD, not even of an error.
            let response = response.map(|body| match is_head {
                true => SdkBody::empty(),
                false => SdkBody::from_body_1_x(body),
            });
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Adds the header that an HTTP client adds as it sends a request, and that signatures cover.
fn with_host(mut request: Request<s3s::Body>) -> Request<s3s::Body> {
    let authority = request.uri().authority().map(ToString::to_string);
    if let Some(Ok(host)) = authority.map(|host| HeaderValue::from_str(&host)) {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    request
}
