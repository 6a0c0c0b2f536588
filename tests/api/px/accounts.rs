//! Accounts of Gainsight PX: create, get, update by path and by body.

use reqwest::Method;
use serde_json::json;

use super::px_tenant::{
    assert_no_content, assert_px_faults, assert_px_refused, assert_status, create_px_tenant,
};

const ACCOUNTS: &str = "/v1/accounts";

#[tokio::test]
async fn a_created_account_is_answered_as_it_is_read() {
    let api = create_px_tenant().await.px_api();
    let body = json!({ "id": "IBM", "name": "International Business Machine",
        "propertyKeys": ["AP-1", "AP-2"], "numberOfEmployees": "250000", "nps": 9.5,
        "location": { "countryCode": "US" }, "customAttributes": { "Program": "Platinum" } });
    let created = api.post(ACCOUNTS, &body).await;
    assert_status(&created, 201);
    let account = created.body;
    for (name, value) in [
        ("id", json!("IBM")),
        ("name", json!("International Business Machine")),
        ("propertyKeys", json!(["AP-1", "AP-2"])),
        ("numberOfEmployees", json!(250_000)),
        ("nps", json!(9.5)),
        ("healthScore", json!(0.0)),
        ("renewalDate", json!(0)),
        ("customAttributes", json!({ "Program": "Platinum" })),
    ] {
        assert_eq!(account[name], value, "{name}");
    }
    let read = api.get("/v1/accounts/IBM").await;
    assert_status(&read, 200);
    assert_eq!(read.body, account);
}

#[tokio::test]
async fn a_create_needs_a_new_id_a_name_and_property_keys() {
    let api = create_px_tenant().await.px_api();
    let body = json!({ "id": "a/1", "name": "A", "propertyKeys": ["AP-1"] });
    assert_status(&api.post(ACCOUNTS, &body).await, 201);
    let message = "Account already exists for parameters {id=a/1}";
    assert_px_refused(&api.post(ACCOUNTS, &body).await, 400, "BAD_REQUEST", message);
    let reply = api.post(ACCOUNTS, &json!({})).await;
    assert_px_faults(&reply, "account", &["id", "name", "propertyKeys"]);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_never_creates() {
    let api = create_px_tenant().await.px_api();
    let body = json!({ "id": "a/1", "name": "A", "propertyKeys": ["AP-1"] });
    assert_status(&api.post(ACCOUNTS, &body).await, 201);
    assert_no_content(&api.put("/v1/accounts/a%2F1", &json!({ "industry": "Steel" })).await);
    let by_body = json!({ "id": "a/1", "propertyKeys": ["AP-2"], "csm": "x" });
    assert_no_content(&api.put("/v1/accounts/update", &by_body).await);
    let account = api.get("/v1/accounts/a%2F1").await.body;
    assert_eq!([&account["name"], &account["industry"], &account["csm"]], ["A", "Steel", "x"]);
    assert_eq!(account["propertyKeys"], json!(["AP-2"]));

    let unknown = "Account was not found for parameters {id=b}";
    for reply in [
        api.get("/v1/accounts/b").await,
        api.put("/v1/accounts/b", &json!({ "name": "B" })).await,
        api.put("/v1/accounts/update", &json!({ "id": "b" })).await,
    ] {
        assert_px_refused(&reply, 404, "NOT_FOUND", unknown);
    }
    assert_status(&api.get("/v1/accounts/b").await, 404);
    let other = api.put("/v1/accounts/a%2F1", &json!({ "id": "b" })).await;
    assert_px_faults(&other, "account", &["id"]);
    assert_status(&api.send(api.request(Method::DELETE, "/v1/accounts/b")).await, 501);
}
