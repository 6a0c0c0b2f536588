//! Lists of users and accounts over HTTP, and the list of attributes. The rules of filters, sorts and
//! pages are tested where they are.

use people_testkit::Api;
use serde_json::{Value as Json, json};

use super::px_tenant::{assert_px_refused, assert_status, create_px_tenant, create_user};

/// The ids of a list, read page by page until there is no scrollId.
async fn list_ids(api: &Api, path: &str, list: &str, id: &str) -> Vec<String> {
    let (mut ids, mut url) = (Vec::new(), path.to_owned());
    loop {
        let reply = api.get(&url).await;
        assert_status(&reply, 200);
        let rows = reply.body[list].as_array().unwrap();
        ids.extend(rows.iter().map(|row| row[id].as_str().unwrap().to_owned()));
        let total = reply.body["totalHits"].as_u64().unwrap();
        let Some(scroll) = reply.body["scrollId"].as_str() else {
            assert_eq!(reply.body["scrollId"], Json::Null);
            assert_eq!(total, ids.len() as u64);
            return ids;
        };
        assert!(total > ids.len() as u64, "a client that stops at totalHits goes on");
        let base = path.split('?').next().unwrap();
        url = format!("{base}?scrollId={scroll}");
    }
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let test = create_px_tenant().await;
    let api = test.px_api();
    assert!(list_ids(&api, "/v1/users", "users", "identifyId").await.is_empty());
    for n in 0..7 {
        create_user(&api, &format!("u{n}")).await;
    }
    test.api().upsert_person(&json!({ "Email": "people@abc.com" })).await.gsid();
    for path in
        ["/v1/users?pageSize=3", "/v1/users?pagesize=3", "/v1/users?pageSize=7", "/v1/users"]
    {
        let mut ids = list_ids(&api, path, "users", "identifyId").await;
        ids.sort();
        assert_eq!(ids, ["u0", "u1", "u2", "u3", "u4", "u5", "u6"], "{path}");
    }
    assert!(api.get("/v1/users").await.body["users"][0].get("location").is_some());
}

#[tokio::test]
async fn filters_and_sorts_are_read_as_forms_encode_them() {
    let api = create_px_tenant().await.px_api();
    for (id, name, score) in [("u1", "Ann Lee", 1), ("u2", "Bob", 3), ("u3", "ann lee", 2)] {
        let body = json!({ "identifyId": id, "propertyKeys": ["AP-1"], "firstName": name,
            "score": score });
        assert_status(&api.post("/v1/users", &body).await, 201);
    }
    for (query, expected) in [
        ("sort=-score", &["u2", "u3", "u1"][..]),
        ("sort=%2Bscore", &["u1", "u3", "u2"]),
        ("sort=+score&pageSize=1", &["u1", "u3", "u2"]),
        ("filter=firstName%3D%3DAnn+Lee&sort=score", &["u1", "u3"]),
        ("filter=firstName==ann%20lee;score%3E1&sort=score", &["u3"]),
        ("filter=score==1&filter=firstName~b*&sort=score&x=1", &["u1", "u2"]),
        ("filter=&sort=&scrollId=&filter=score==9", &[]),
    ] {
        let ids = list_ids(&api, &format!("/v1/users?{query}"), "users", "identifyId").await;
        assert_eq!(ids, expected, "{query}");
    }
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_400() {
    let (one, other) = (create_px_tenant().await, create_px_tenant().await);
    for id in ["u1", "u2"] {
        create_user(&other.px_api(), id).await;
    }
    let foreign = other.px_api().get("/v1/users?pageSize=1").await.body["scrollId"].clone();
    let foreign = format!("scrollId={}", foreign.as_str().unwrap());
    let api = one.px_api();
    for query in [
        "pageSize=0",
        "pageSize=1001",
        "pageSize=x",
        "sort=nope",
        "filter=nope==1",
        "filter=score",
        &foreign,
    ] {
        for list in ["users", "accounts"] {
            let reply = api.get(&format!("/v1/{list}?{query}")).await;
            let message = reply.body["externalapierror"]["message"].as_str().unwrap().to_owned();
            assert_px_refused(&reply, 400, "BAD_REQUEST", &message);
        }
    }
}

#[tokio::test]
async fn accounts_are_listed_in_the_order_of_their_ids() {
    let api = create_px_tenant().await.px_api();
    for id in ["c", "a", "b/é"] {
        let body = json!({ "id": id, "name": id, "propertyKeys": ["AP-1"] });
        assert_status(&api.post("/v1/accounts", &body).await, 201);
    }
    let ids = list_ids(&api, "/v1/accounts?pageSize=2", "accounts", "id").await;
    assert_eq!(ids, ["a", "b/é", "c"]);
    let ids = list_ids(&api, "/v1/accounts?filter=name~b*", "accounts", "id").await;
    assert_eq!(ids, ["b/é"]);
}

#[tokio::test]
async fn attributes_are_a_bare_list_of_default_and_custom_ones() {
    let api = create_px_tenant().await.px_api();
    for (object, default, custom) in
        [("user", "coordinates.latitude", "acceptDate"), ("account", "city", "Program")]
    {
        let reply = api.get(&format!("/v1/admin/model/{object}/attributes")).await;
        assert_status(&reply, 200);
        let list = reply.body.as_array().unwrap();
        let origin = |name| {
            let found = list.iter().find(|one| one["apiName"] == name);
            found.map(|one| one["origin"].clone())
        };
        assert_eq!(origin(default), Some("DEFAULT".into()));
        assert_eq!(origin(custom), Some("CUSTOM".into()));
    }
}
