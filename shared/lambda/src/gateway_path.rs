//! Restores the path of a request. HTTP APIs of API Gateway decode `rawPath`, in which an id with a
//! slash or a percent sign is then no segment any more; the parameters of the route are whole.

use http::{Request, Uri};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Replaces the path by that of the route, with segments that decode to its parameters.
pub(crate) fn restore_path<B>(mut request: Request<B>) -> Request<B> {
    if let Some(path) = build_path(&request) {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = (path + &query).parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// The path of the route that the gateway found; `None` without one, as for unknown routes.
fn build_path<B>(request: &Request<B>) -> Option<String> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get() else {
        return None;
    };
    let (_, template) = context.route_key.as_deref()?.split_once(' ')?;
    let parameters = request.path_parameters_ref()?;
    let segments = template.split('/').map(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name {
            None => Some(segment.to_owned()),
            Some(name) => parameters.first(name).map(encode_segment),
        }
    });
    Some(segments.collect::<Option<Vec<_>>>()?.join("/"))
}

fn encode_segment(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    /// The path that the router sees of an event of API Gateway.
    fn routed(event: &Json) -> String {
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        restore_path(request).uri().to_string()
    }

    fn event(route: &str, raw_path: &str, parameters: &Json) -> Json {
        json!({ "version": "2.0", "routeKey": route, "rawPath": raw_path, "rawQueryString": "a=b%20c",
            "headers": {}, "pathParameters": parameters, "isBase64Encoded": false,
            "requestContext": { "accountId": "1", "apiId": "1", "domainName": "x", "routeKey": route,
                "stage": "$default", "requestId": "r", "time": "", "timeEpoch": 1,
                "http": { "method": "GET", "path": raw_path, "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "" } } })
    }

    #[test]
    fn a_parameter_is_one_segment_that_decodes_to_it() {
        for id in ["ann@abc.com", "a/b", "100%", "100%41", "é ü", "..", "a+b"] {
            let found = routed(&event(
                "GET /v1/users/{id}",
                &format!("/v1/users/{id}"),
                &json!({ "id": id }),
            ));
            let segment =
                found.strip_prefix("/v1/users/").unwrap().strip_suffix("?a=b%20c").unwrap();
            assert!(!segment.contains('/'), "{segment}");
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
            assert_eq!(decoded, id);
        }
    }

    #[test]
    fn a_path_without_parameters_and_an_unknown_one_stay() {
        let same = routed(&event("GET /v1/users", "/v1/users", &json!({})));
        assert!(same.ends_with("/v1/users?a=b%20c"), "{same}");
        let unknown = routed(&event("$default", "/v1//x", &json!(null)));
        assert!(unknown.ends_with("/v1//x?a=b%20c"), "{unknown}");
    }
}
