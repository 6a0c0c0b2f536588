//! Families of APIs: the systems whose callers the service answers in their own terms. Each has its
//! way to send the access key, and its form of refusals (contract: surface#families).

use bytes::Bytes;
use people_domain::px::{PxError, PxStatus};
use serde_json::Value as Json;

use crate::render::print_full_envelope;
use crate::response::ApiError;

/// The family of APIs that a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiFamily {
    /// The People API: a header, and refusals in an envelope.
    People,
    /// Gainsight PX: another header, and refusals that are a document of their own.
    Px,
}

/// The segments after `/v1` with which the paths of Gainsight PX begin.
const PX_SEGMENTS: [&str; 6] = ["users", "accounts", "user", "admin", "identify", "events"];

impl ApiFamily {
    /// The family to which a path belongs that is no route.
    pub(crate) fn of_unknown_path(path: &str) -> Self {
        let rest = path.strip_prefix("/v1/").unwrap_or_default();
        let segment = rest.split('/').next().unwrap_or_default();
        if PX_SEGMENTS.contains(&segment) { Self::Px } else { Self::People }
    }

    /// The header with the access key.
    pub(crate) fn key_header(self) -> &'static str {
        match self {
            Self::People => "Accesskey",
            Self::Px => "X-APTRINSIC-API-KEY",
        }
    }

    /// Prints the refusal of the request with this id.
    pub(crate) fn print_refusal(self, error: &ApiError, id: &str) -> Bytes {
        let (code, text) = error.code_and_message();
        match self {
            Self::People => print_full_envelope(false, [code.into(), text.into()], id, Json::Null),
            Self::Px => match error {
                ApiError::Px(error) => error.clone(),
                ApiError::Unauthorized(_) => PxError::unauthorized(),
                _ => PxError::new(PxStatus::from_code(error.status().as_u16()), text),
            }
            .to_json()
            .to_string()
            .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access_key::AccessKeyError;

    #[test]
    fn the_paths_of_a_family_are_whole_segments() {
        for (path, family) in [
            ("/v1/users", ApiFamily::Px),
            ("/v1/users/a/b", ApiFamily::Px),
            ("/v1/user/preferences", ApiFamily::Px),
            ("/v1/admin/model/user/attributes", ApiFamily::Px),
            ("/v1/usersx", ApiFamily::People),
            ("/v1/peoplemgmt/v1.0/users", ApiFamily::People),
            ("/users", ApiFamily::People),
            ("/v1/", ApiFamily::People),
            ("/", ApiFamily::People),
        ] {
            assert_eq!(ApiFamily::of_unknown_path(path), family, "{path}");
        }
    }

    #[test]
    fn every_refusal_of_px_is_its_document() {
        for (error, status, message) in [
            (ApiError::NotFound, "NOT_FOUND", "Not Found"),
            (ApiError::Unauthorized(AccessKeyError::Missing), "UNAUTHORIZED", UNAUTHORIZED),
            (ApiError::TooManyRequests, "TOO_MANY_REQUESTS", "Too many request"),
            (ApiError::BodyTooLarge(6 << 20), "PAYLOAD_TOO_LARGE", "The body is larger than 6 MB"),
            (ApiError::bad_request("no"), "BAD_REQUEST", "no"),
            (ApiError::NotImplemented("ask"), "NOT_IMPLEMENTED", "ask"),
            (ApiError::TooExpensive("less".to_owned()), "SERVICE_UNAVAILABLE", "less"),
            (ApiError::Unavailable("secret".to_owned()), "SERVICE_UNAVAILABLE", OOPS),
            (ApiError::Unexpected("secret".to_owned()), "INTERNAL_SERVER_ERROR", OOPS),
        ] {
            let expected = json!({ "externalapierror": {
                "status": status, "message": message, "debugMessage": null, "subErrors": null } });
            let printed: Json =
                serde_json::from_slice(&ApiFamily::Px.print_refusal(&error, "id")).unwrap();
            assert_eq!(printed, expected);
        }
    }

    const UNAUTHORIZED: &str = "Authentication failed in loginAwareAuthentication";
    const OOPS: &str = "Oops, something went wrong";
}
