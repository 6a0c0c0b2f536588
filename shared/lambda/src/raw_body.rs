//! A body that is only stored: nothing but its size is checked, and nothing is built from it.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use people_domain::limit;

use crate::answer::Refusal;
use crate::body::{check_gzip, encoding, is_gzip};
use crate::telemetry::Event;

/// A body as it was sent, perhaps gzip, within the [`PayloadLimit`].
#[derive(Debug)]
pub struct RawBody(pub Bytes);

/// Bytes that a [`RawBody`] may have: an extension of the routes that take one.
#[derive(Debug, Clone, Copy)]
pub struct PayloadLimit(pub usize);

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let event = request.extensions().get::<Event>().cloned();
        let limit = request.extensions().get::<PayloadLimit>().map_or(limit::BODY, |limit| limit.0);
        is_gzip(encoding(&request).as_deref())?;
        let bytes =
            to_bytes(request.into_body(), limit).await.map_err(|_| Refusal::BodyTooLarge(limit))?;
        check_gzip(&bytes)?;
        if let Some(event) = event {
            event.set("bytesIn", bytes.len());
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::header::CONTENT_ENCODING;

    async fn read(bytes: usize, limit: Option<usize>, encoding: &str) -> Result<usize, Refusal> {
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
        let over = |limit| Err(Refusal::BodyTooLarge(limit));
        assert_eq!(read(10, Some(10), "gzip").await, Ok(10));
        assert_eq!(read(11, Some(10), "identity").await, over(10));
        assert_eq!(read(limit::BODY, None, "").await, Ok(limit::BODY));
        assert_eq!(read(limit::BODY + 1, None, "").await, over(limit::BODY));
        assert!(matches!(read(1, None, "br").await, Err(Refusal::BadRequest(_))));
    }
}
