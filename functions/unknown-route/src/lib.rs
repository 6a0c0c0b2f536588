//! Every path that is no route: redirects a path with superfluous slashes to its plain form, and
//! answers 404 to the others (contract: surface#unknown-routes, surface#slashes).

use axum::extract::Request;
use people_lambda::{ApiError, ApiResponse, Result, RouteAccess, Routes};

/// The function needs no key, and counts no calls.
pub const ROUTE_ACCESS: Option<RouteAccess> = None;

pub fn routes() -> Routes {
    Routes::new().fallback(redirect_or_reject)
}

async fn redirect_or_reject(request: Request) -> Result {
    let uri = request.uri();
    let plain = normalize_path(uri.path());
    if plain == uri.path() {
        return Err(ApiError::NotFound);
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(ApiResponse::PermanentRedirect(plain + &query))
}

/// The path with single slashes, and without one at its end.
fn normalize_path(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    let plain = parts.fold(String::new(), |path, part| path + "/" + part);
    if plain.is_empty() { "/".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_forgiven_and_never_lead_to_another_host() {
        for (path, expected) in [
            ("/v1/peoplemgmt/v1.0/people/", "/v1/peoplemgmt/v1.0/people"),
            ("//v1//peoplemgmt/v1.0/people", "/v1/peoplemgmt/v1.0/people"),
            ("//evil.example/", "/evil.example"),
            ("/a", "/a"),
            ("/", "/"),
            ("//", "/"),
        ] {
            assert_eq!(normalize_path(path), expected);
        }
    }
}
