//! Envelope, request ids, routes, bodies (contract: surface, envelope).

use people_testkit::{Reply, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::jobs::uploads::gzip;

pub(crate) const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";

pub(crate) fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
    assert_eq!((&reply.body["result"], &reply.body["errorCode"]), (&json!(false), &json!(code)));
    for null in ["data", "message"] {
        assert_eq!(reply.body.get(null), Some(&Json::Null), "{null}");
    }
    assert!(reply.body["errorDesc"].is_string());
    assert_ids(reply);
}

fn assert_ids(reply: &Reply) {
    let id = reply.body["requestId"].as_str().expect("a requestId");
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "a UUID");
    for header in ["x-request-id", "x-gs-request-id"] {
        assert_eq!(reply.headers[header], id);
    }
}

#[tokio::test]
async fn what_is_no_route_is_404_without_a_key() {
    let test = TestTenant::new().await;
    let api = people_testkit::Api::new(&test.stack.base_url, "");
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/nope"),
        (Method::POST, PEOPLE),
        (Method::PATCH, PEOPLE),
        (Method::PUT, "/v1/peoplemgmt/v1.0/people/1P04"),
        (Method::DELETE, "/v1/data/objects/company"),
    ] {
        let reply = api.send(api.request(method.clone(), path)).await;
        assert_refused(&reply, 404, "GS_APIG_1000");
        assert_eq!(reply.body["errorDesc"], "Not Found", "{method} {path}");
    }
}

#[tokio::test]
async fn slashes_too_many_are_sent_to_the_plain_path() {
    let test = TestTenant::new().await;
    let api = test.api();
    for path in [
        "/v1/peoplemgmt/v1.0/people/?Email=a%40b.co",
        "/v1//peoplemgmt/v1.0//people?Email=a%40b.co",
    ] {
        let reply = api.get(path).await;
        assert_eq!(reply.status.as_u16(), 308);
        assert_eq!(reply.headers["location"], "/v1/peoplemgmt/v1.0/people?Email=a%40b.co");
        assert!(reply.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn a_key_that_is_absent_unknown_or_revoked_is_401() {
    let test = TestTenant::new().await;
    let (path, body) = (PEOPLE, json!({ "Email": "a@abc.com" }));
    let made_up = people_domain::ids::access_key::AccessKey::new(&[9; 32]);
    for (key, fault) in [
        ("", "missing"),
        ("nonsense", "malformed"),
        (&test.key[..test.key.len() - 1], "malformed"),
        (made_up.expose_secret(), "unknown"),
    ] {
        let api = people_testkit::Api::new(&test.stack.base_url, key);
        let reply = api.put(path, &body).await;
        assert_refused(&reply, 401, "GS_APIG_2401");
        assert_eq!(reply.headers["x-people-key"], fault);
        let challenge = reply.headers["www-authenticate"].to_str().expect("text");
        let expected = format!("Accesskey realm=\"People API\", error=\"{fault}\", ");
        assert!(challenge.starts_with(&expected), "{challenge}");
        assert!(!challenge.contains("ppl_A"), "the challenge names no key: {challenge}");
    }
    // Revoked before any process has cached it.
    let made = test.store.create_access_key(&test.tenant.id, None).await.expect("the store works");
    assert!(
        test.store.revoke_access_key(&test.tenant.id, &made.id).await.expect("the store works")
    );
    let api = people_testkit::Api::new(&test.stack.base_url, made.key.expose_secret());
    assert_refused(&api.put(path, &body).await, 401, "GS_APIG_2401");
    // Several keys are valid at once, and the header's name ignores case.
    let second =
        test.store.create_access_key(&test.tenant.id, None).await.expect("the store works");
    let api = people_testkit::Api::new(&test.stack.base_url, second.key.expose_secret());
    assert_ids(&api.put(path, &body).await);
    let api = people_testkit::Api::new(&test.stack.base_url, "");
    let request = api.request(Method::GET, &format!("{PEOPLE}?Email=a%40abc.com"));
    let reply = api.send(request.header("ACCESSKEY", "")).await;
    assert_refused(&reply, 401, "GS_APIG_2401");
}

#[tokio::test]
async fn a_gzip_body_is_accepted_and_a_bomb_is_not() {
    let test = TestTenant::new().await;
    let api = test.api();
    let send = |bytes: Vec<u8>, encoding: &'static str| {
        let request = api.request(Method::PUT, PEOPLE).header("content-encoding", encoding);
        let request = request.header("content-type", "application/octet-stream").body(bytes);
        let api = api.clone();
        async move { api.send(request).await }
    };
    let person = json!({ "Email": "zip@abc.com", "FirstName": "Zoë" }).to_string();
    send(gzip(person.as_bytes()), "gzip").await.gsid();
    assert_eq!(api.get_person("zip@abc.com").await.body["data"]["firstname"], "Zoë");
    let bomb = send(gzip(&vec![b' '; 7_000_000]), "GZIP").await;
    assert_refused(&bomb, 413, "GSOBJ_VCRUDR1001");
    assert_eq!(bomb.body["errorDesc"], "The body is larger than 6 MB");
    assert_refused(&send(person.clone().into_bytes(), "gzip").await, 400, "GSOBJ_VCRUDR1001");
    assert_refused(&send(person.clone().into_bytes(), "br").await, 400, "GSOBJ_VCRUDR1001");
}

#[tokio::test]
async fn a_body_that_is_not_what_it_should_be_says_why() {
    let test = TestTenant::new().await;
    let api = test.api();
    let deep = |levels: usize| {
        format!(
            "{{\"Email\":\"a@b.co\",\"Nope\":{}{}}}",
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
    };
    for (body, status, part) in [
        (Vec::new(), 400, "empty"),
        (b"{\"Email\":".to_vec(), 400, "not JSON"),
        (b"\xff\xfe".to_vec(), 400, "UTF-8"),
        (b"{\"Email\":\"\\ud800@b.co\"}".to_vec(), 400, "not JSON"),
        (deep(33).into_bytes(), 400, "32"),
    ] {
        let reply = api.send(api.request(Method::PUT, PEOPLE).body(body)).await;
        assert_refused(&reply, status, "GSOBJ_VCRUDR1001");
        assert!(reply.body["errorDesc"].as_str().unwrap().contains(part), "{}", reply.body);
    }
    let reply = api.send(api.request(Method::PUT, PEOPLE).body(deep(32))).await;
    assert_eq!(
        reply.body["data"]["errors"][0]["errorCode"], "GSOBJ_VCRUDR1002",
        "32 levels are read: {}",
        reply.body
    );
}
