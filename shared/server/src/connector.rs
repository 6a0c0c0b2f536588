//! An HTTP client of the SDK that calls a service of this process. The address in its requests only
//! has to be the one that clients see: presigned URLs contain it, and signatures cover it.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use crate::bucket::EmbeddedBucket;
use crate::services::Services;

/// A service that answers the requests of the SDK.
pub(crate) trait LocalService: Clone + Send + Sync + 'static {
    fn respond(
        self,
        request: Request<SdkBody>,
    ) -> impl Future<Output = Response<SdkBody>> + Send + 'static;
}

/// Builds a client that calls the service, whatever the address of a request is.
pub(crate) fn build_http_client(service: impl LocalService) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(LocalConnector(service));
    http_client_fn(move |_, _| connector.clone())
}

struct LocalConnector<S>(S);

impl<S> fmt::Debug for LocalConnector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalConnector")
    }
}

impl<S: LocalService> HttpConnector for LocalConnector<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = service.respond(request).await;
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl LocalService for Services {
    async fn respond(self, request: Request<SdkBody>) -> Response<SdkBody> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        // The SDK has the whole body of these calls in memory.
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let answer = self.run(target.unwrap_or_default(), body).await;
        let mut response = Response::new(SdkBody::from(answer.body));
        let status = StatusCode::from_u16(answer.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
    }
}

impl LocalService for EmbeddedBucket {
    async fn respond(self, request: Request<SdkBody>) -> Response<SdkBody> {
        let is_head = request.method() == Method::HEAD;
        let response = self.answer_request(add_host(request.map(s3s::Body::http_body))).await;
        // A server sends no body to a HEAD, not even of an error.
        response.map(|body| match is_head {
            true => SdkBody::empty(),
            false => SdkBody::from_body_1_x(body),
        })
    }
}

/// Adds the header that an HTTP client adds as it sends a request, and that signatures cover.
fn add_host(mut request: Request<s3s::Body>) -> Request<s3s::Body> {
    let authority = request.uri().authority().map(ToString::to_string);
    if let Some(Ok(host)) = authority.map(|host| HeaderValue::from_str(&host)) {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    request
}
