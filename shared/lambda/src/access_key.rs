//! The access key of a request, and why it is refused (contract: envelope#access-key-header).

use axum::extract::Request;
use people_domain::ids::access_key::AccessKey;

use crate::api_family::ApiFamily;

/// The reason why the access key of a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKeyError {
    /// The header is missing.
    Missing,
    /// The header has no access key of this service: it has another form, or was copied wrongly.
    Malformed,
    /// No tenant has the key, or it was revoked, or is for other routes.
    Unknown,
}

/// Reads the key from where the family's callers send it.
pub(crate) fn read_access_key(
    request: &Request,
    family: ApiFamily,
) -> Result<AccessKey, AccessKeyError> {
    let value = request.headers().get(family.key_header()).filter(|value| !value.is_empty());
    let value = value.ok_or(AccessKeyError::Missing)?;
    value.to_str().ok().and_then(AccessKey::parse).ok_or(AccessKeyError::Malformed)
}

impl AccessKeyError {
    /// The word for it in headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
        }
    }

    /// The value of `WWW-Authenticate` (RFC 9110): the body of a 401 has the vendor's form, which
    /// has no reason.
    pub(crate) fn www_authenticate(self, family: ApiFamily) -> String {
        let header = family.key_header();
        let description = match self {
            Self::Missing => format!("Send an access key in the header {header}"),
            Self::Malformed => {
                "An access key is ppl_ and 57 letters and digits, the last 7 a checksum: copy it whole"
                    .to_owned()
            }
            Self::Unknown => {
                "No tenant has this access key, or it was revoked, or is for other routes"
                    .to_owned()
            }
        };
        let error = self.as_str();
        format!(
            "{header} realm=\"People API\", error=\"{error}\", error_description=\"{description}\""
        )
    }
}
