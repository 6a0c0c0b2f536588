//! A body that is only stored: only its size and encoding are checked, and nothing is parsed.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use people_domain::limit;

use crate::body::{check_gzip_intact, content_encoding, is_gzip_encoding};
use crate::response::ApiError;
use crate::telemetry::RequestEvent;

/// A body as it was sent, perhaps gzip, within the [`PayloadLimit`].
#[derive(Debug)]
pub struct RawBody(pub Bytes);

/// The largest [`RawBody`] in bytes: an extension of the routes that accept one.
#[derive(Debug, Clone, Copy)]
pub struct PayloadLimit(pub usize);

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let event = request.extensions().get::<RequestEvent>().cloned();
        let limit = request
            .extensions()
            .get::<PayloadLimit>()
            .map_or(limit::BODY_BYTES_MAX, |limit| limit.0);
        is_gzip_encoding(content_encoding(&request).as_deref())?;
        let bytes = to_bytes(request.into_body(), limit)
            .await
            .map_err(|_| ApiError::BodyTooLarge(limit))?;
        check_gzip_intact(&bytes)?;
        if let Some(event) = event {
            event.record_field("bytesIn", bytes.len());
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::header::CONTENT_ENCODING;

    async fn read(bytes: usize, limit: Option<usize>, encoding: &str) -> Result<usize, ApiError> {
        let request = Request::builder().header(CONTENT_ENCODING, encoding);
        let mut request = request.body(Body::from(vec![b'x'; bytes])).unwrap();
        request.extensions_mut().extend(
            limit
                .map(PayloadLimit)
                .map(|limit| {
                    let mut extensions = http::Extensions::new();
                    extensions.insert(limit);
                    extensions
                })
                .unwrap_or_default(),
        );
        RawBody::from_request(request, &()).await.map(|RawBody(bytes)| bytes.len())
    }

    #[tokio::test]
    async fn the_limit_is_the_routes_own() {
        let over = |limit| Err(ApiError::BodyTooLarge(limit));
        assert_eq!(read(10, Some(10), "gzip").await, Ok(10));
        assert_eq!(read(11, Some(10), "identity").await, over(10));
        assert_eq!(read(limit::BODY_BYTES_MAX, None, "").await, Ok(limit::BODY_BYTES_MAX));
        assert_eq!(read(limit::BODY_BYTES_MAX + 1, None, "").await, over(limit::BODY_BYTES_MAX));
        assert!(matches!(read(1, None, "br").await, Err(ApiError::BadRequest(_))));
    }
}
