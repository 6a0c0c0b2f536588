//! Parameters of paths and queries.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::response::ApiError;

/// The parameters of a query, in order. Names ignore case, and unknown ones are ignored (contract:
/// surface#parameter-names, surface#unknown-parameters).
#[derive(Debug)]
pub struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn parse(query: &str) -> Self {
        // A `+` stays a plus: email addresses have it, and clients forget to encode it (ADR 38).
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        Self(query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect())
    }
}

impl<S: Sync> FromRequestParts<S> for QueryParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// The parameters of a query as forms encode them, in order, repeated ones too: a `+` is a blank.
#[derive(Debug)]
pub struct FormParams(Vec<(String, String)>);

impl FormParams {
    /// Names, which ignore case, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Sync> FromRequestParts<S> for FormParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default().replace('+', "%20");
        Ok(Self(QueryParams::parse(&query).0))
    }
}

/// The only parameter of a path, decoded.
#[derive(Debug)]
pub struct PathParam(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParam {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        let first = params.iter().next().map(|(_, value)| value.to_owned());
        first.map(Self).ok_or(ApiError::NotFound)
    }
}

/// The two parameters of a path, decoded.
#[derive(Debug)]
pub struct PathParamPair(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParamPair {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        let mut values = params.iter().map(|(_, value)| value.to_owned());
        match (values.next(), values.next()) {
            (Some(first), Some(second)) => Ok(Self(first, second)),
            _ => Err(ApiError::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_a_plus_stays() {
        let params = QueryParams::parse("areaName=x&eMail=j%2Bs+t%40abc.com&flag");
        assert_eq!(params.get("Email"), Some("j+s+t@abc.com"));
        assert_eq!(params.get("flag"), Some(""));
        assert_eq!(params.get("none"), None);
    }
}
