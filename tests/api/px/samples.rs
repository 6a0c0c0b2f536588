//! The samples of the vendor's articles that are calls, or have a call over HTTP beside them.

use serde_json::{Value as Json, json};

use super::px_tenant::{assert_no_content, assert_px_faults, assert_status, create_px_tenant};

const IDENTIFY: &str = "/v1/identify";

/// `aptrinsic('identify', {id: 'user-id'})`, and with an account.
#[tokio::test]
async fn the_least_identify_creates_a_user_and_an_account() {
    let api = create_px_tenant().await.px_api();
    let first = api.post(IDENTIFY, &json!({ "user": { "id": "user-id" } })).await;
    assert_status(&first, 200);
    let user = api.get("/v1/users/user-id").await.body;
    let expected = json!({ "identifyId": "user-id", "aptrinsicId": user["aptrinsicId"],
        "created": true, "ignored": [] });
    assert_eq!(first.body, expected);
    assert_eq!((&user["propertyKeys"], &user["accountId"]), (&json!([]), &json!("")));

    let body = json!({ "user": { "id": "user-id" }, "account": { "id": "account-id" } });
    let second = api.post(IDENTIFY, &body).await;
    assert_eq!((&second.body["created"], second.status.as_u16()), (&json!(false), 200));
    assert_eq!(api.get("/v1/users/user-id").await.body["accountId"], "account-id");
    assert_eq!(api.get("/v1/accounts/account-id").await.body["name"], "account-id");
}

/// The sample with default and custom attributes.
#[tokio::test]
async fn the_printed_identify_is_read_back_by_every_door() {
    let test = create_px_tenant().await;
    let api = test.px_api();
    let body = json!({
        "user": {
            "id": "unique-user-id",
            "email": "useremail@address.com",
            "signupDate": 1_516_234_662_215_i64,
            "firstName": "John",
            "lastName": "Smith",
            "userHash": "",
            "plan": "gold",
            "price": 95.5,
        },
        "account": {
            "id": "IBM",
            "name": "International Business Machine",
            "Program": "Platinum",
        },
    });
    let reply = api.post(IDENTIFY, &body).await;
    assert_status(&reply, 200);
    assert_eq!((&reply.body["created"], &reply.body["ignored"]), (&json!(true), &json!([])));
    let user = api.get("/v1/users/unique-user-id").await.body;
    for (name, value) in [
        ("email", json!("useremail@address.com")),
        ("signUpDate", json!(1_516_234_662_215_i64)),
        ("firstName", json!("John")),
        ("lastName", json!("Smith")),
        ("accountId", json!("IBM")),
        ("customAttributes", json!({ "plan": "gold", "price": 95.5 })),
        ("aptrinsicId", reply.body["aptrinsicId"].clone()),
    ] {
        assert_eq!(user[name], value, "{name}");
    }
    let account = api.get("/v1/accounts/IBM").await.body;
    assert_eq!(account["name"], "International Business Machine");
    assert_eq!(account["customAttributes"], json!({ "Program": "Platinum" }));
    let person = test.api().get_person("useremail@address.com").await.body;
    assert_eq!(person["data"]["gsid"], user["aptrinsicId"]);
    assert_eq!([&person["data"]["firstname"], &person["data"]["lastname"]], ["John", "Smith"]);
    let items = test.read_items().await;
    assert!(!json!(items).to_string().contains("userHash"));
}

/// `aptrinsic('set', 'user', …)` is a PUT over HTTP.
#[tokio::test]
async fn a_set_of_the_browser_is_an_update() {
    let api = create_px_tenant().await.px_api();
    api.post(IDENTIFY, &json!({ "user": { "id": "user-id", "firstName": "John" } })).await;
    let set = json!({ "firstName": "Elad", "lastName": "Cohen", "role": "Software Engineer" });
    assert_no_content(&api.put("/v1/users/user-id", &set).await);
    let user = api.get("/v1/users/user-id").await.body;
    for (name, value) in set.as_object().unwrap() {
        assert_eq!(&user[name], value);
    }
}

#[tokio::test]
async fn names_of_an_identify_ignore_case_and_unknown_ones_are_named() {
    let api = create_px_tenant().await.px_api();
    let body = json!({ "user": { "ID": "u1", "jobTitle": "CEO", "CITY": "Ulm", "PLAN": "gold",
        "nope": 1 }, "account": { "id": "a1", "never": 2 } });
    let reply = api.post(IDENTIFY, &body).await;
    assert_status(&reply, 200);
    assert_eq!(reply.body["ignored"], json!(["nope", "never"]));
    assert_eq!(reply.headers["x-people-ignored"], "nope,never");
    let user = api.get("/v1/users/u1").await.body;
    assert_eq!([&user["title"], &user["location"]["city"]], ["CEO", "Ulm"]);
    assert_eq!(user["customAttributes"], json!({ "plan": "gold" }));
}

#[tokio::test]
async fn an_identify_with_a_fault_writes_nothing() {
    let api = create_px_tenant().await.px_api();
    let body = json!({ "user": { "id": "u1", "price": "much" }, "account": { "id": "a1" } });
    let reply = api.post(IDENTIFY, &body).await;
    assert_px_faults(&reply, "user", &["price"]);
    assert_status(&api.get("/v1/users/u1").await, 404);
    assert_status(&api.get("/v1/accounts/a1").await, 404);
    assert_px_faults(&api.post(IDENTIFY, &json!({ "user": {} })).await, "user", &["id"]);
}

/// The calls of the vendor's loader: an update of a row and, if it is unknown and the file says so,
/// a create. Values are texts, as a CSV file has them.
#[tokio::test]
async fn the_mapping_of_the_loader_is_read_back() {
    let api = create_px_tenant().await.px_api();
    let row = json!({ "identifyId": "u1", "title": "CEO", "phone": "555", "location": {
            "city": "Ulm", "stateCode": "BW",
            "coordinates": { "latitude": "48.4", "longitude": "10" } },
        "customAttributes": { "strtmp1": "x", "acceptDate": "1516234662215" },
        "propertyKeys": ["AP-XXXXXXXXXXXX-2"] });
    assert_status(&api.put("/v1/users/u1", &row).await, 404);
    assert_status(&api.post("/v1/users", &row).await, 201);
    assert_no_content(&api.put("/v1/users/u1", &row).await);
    let user = api.get("/v1/users/u1").await.body;
    assert_eq!([&user["title"], &user["phone"]], ["CEO", "555"]);
    assert_eq!([&user["location"]["city"], &user["location"]["stateCode"]], ["Ulm", "BW"]);
    assert_eq!(user["location"]["coordinates"], json!({ "latitude": 48.4, "longitude": 10.0 }));
    let custom = json!({ "strtmp1": "x", "acceptDate": 1_516_234_662_215_i64 });
    assert_eq!(user["customAttributes"], custom);

    let account: Json = json!({ "id": "IBM", "name": "IBM", "propertyKeys": ["AP-1"] });
    assert_status(&api.put("/v1/accounts/IBM", &account).await, 404);
    assert_status(&api.post("/v1/accounts", &account).await, 201);
    assert_no_content(&api.put("/v1/accounts/IBM", &account).await);
}
