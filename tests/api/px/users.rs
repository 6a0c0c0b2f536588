//! Users of Gainsight PX, one by one: create, get, update by path and by body, delete, preferences.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::px_tenant::{
    assert_no_content, assert_px_faults, assert_px_refused, assert_status, create_px_tenant,
    create_user,
};

const USERS: &str = "/v1/users";

#[tokio::test]
async fn a_created_user_is_answered_as_it_is_read() {
    let test = create_px_tenant().await;
    let api = test.px_api();
    let body = json!({ "identifyId": "u1", "propertyKeys": ["AP-1"], "email": "Ann@abc.com",
        "firstName": "Ann", "type": "USER", "score": "7", "signUpDate": 1_516_234_662_215_i64,
        "location": { "city": "Ulm", "coordinates": { "latitude": "48.4" } },
        "customAttributes": { "price": 95.5 }, "aptrinsicId": "ignored", "lastSeen": 1 });
    let created = api.post(USERS, &body).await;
    assert_status(&created, 201);
    assert_eq!(created.headers["x-people-ignored"], "aptrinsicId,lastSeen");
    let user = created.body;
    for (name, value) in [
        ("identifyId", json!("u1")),
        ("id", json!("u1")),
        ("email", json!("Ann@abc.com")),
        ("firstName", json!("Ann")),
        ("lastName", json!("")),
        ("gender", json!("EMPTY_GENDER")),
        ("score", json!(7)),
        ("numberOfVisits", json!(0)),
        ("signUpDate", json!(1_516_234_662_215_i64)),
        ("globalUnsubscribe", json!(false)),
        ("customAttributes", json!({ "price": 95.5 })),
        ("lastVisitedUserAgentData", Json::Null),
    ] {
        assert_eq!(user[name], value, "{name}");
    }
    assert_eq!(user["location"]["city"], "Ulm");
    assert_eq!(user["location"]["coordinates"]["latitude"], 48.4);
    let read = api.get("/v1/users/u1").await;
    assert_status(&read, 200);
    assert_eq!(read.body, user);
    // The People API finds the same person by its email.
    let person = test.api().get_person("ann@abc.com").await;
    assert_eq!(person.body["data"]["gsid"], user["aptrinsicId"]);
    assert_eq!(person.body["data"]["firstname"], "Ann");
}

#[tokio::test]
async fn a_create_needs_a_new_id_and_property_keys() {
    let api = create_px_tenant().await.px_api();
    create_user(&api, "u1").await;
    let again = api.post(USERS, &json!({ "identifyId": "u1", "propertyKeys": ["AP-1"] })).await;
    let message = "User already exists for parameters {id=u1}";
    assert_px_refused(&again, 400, "BAD_REQUEST", message);
    assert_px_faults(&api.post(USERS, &json!({})).await, "user", &["identifyId", "propertyKeys"]);
    let body = json!({ "identifyId": "u2", "propertyKeys": ["AP-1"], "score": "x",
        "customAttributes": { "nope": 1 } });
    let reply = api.post(USERS, &body).await;
    assert_px_faults(&reply, "user", &["score", "customAttributes.nope"]);
    assert_status(&api.get("/v1/users/u2").await, 404);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_never_creates() {
    let api = create_px_tenant().await.px_api();
    create_user(&api, "u1").await;
    let location = json!({ "location": { "city": "Ulm" }, "title": "CEO" });
    assert_no_content(&api.put("/v1/users/u1", &location).await);
    let more = json!({ "identifyId": "u1", "location": { "street": "1" }, "title": null,
        "customAttributes": { "plan": "gold" } });
    assert_no_content(&api.put("/v1/users/update", &more).await);
    let user = api.get("/v1/users/u1").await.body;
    assert_eq!([&user["location"]["city"], &user["location"]["street"]], ["Ulm", "1"]);
    assert_eq!(
        (&user["title"], &user["customAttributes"]),
        (&json!("CEO"), &json!({ "plan": "gold" }))
    );
    assert_no_content(&api.put("/v1/users/u1", &json!({ "title": "" })).await);
    assert_eq!(api.get("/v1/users/u1").await.body["title"], "");

    let unknown = "User was not found for parameters {id=u2}";
    let reply = api.put("/v1/users/u2", &location).await;
    assert_px_refused(&reply, 404, "NOT_FOUND", unknown);
    let reply = api.put("/v1/users/update", &json!({ "identifyId": "u2" })).await;
    assert_px_refused(&reply, 404, "NOT_FOUND", unknown);
    assert_status(&api.get("/v1/users/u2").await, 404);
    let other = api.put("/v1/users/u1", &json!({ "identifyId": "u2" })).await;
    assert_px_faults(&other, "user", &["identifyId"]);
    assert_px_faults(&api.put("/v1/users/update", &json!({})).await, "user", &["identifyId"]);
}

/// An id is one segment, which is decoded once.
#[tokio::test]
async fn every_id_can_be_named_in_a_path() {
    let api = create_px_tenant().await.px_api();
    let longest = "é".repeat(255);
    for (id, segment) in [
        ("ann+1@abc.com", "ann+1@abc.com"),
        ("bob@abc.com", "bob%40abc.com"),
        ("a/b", "a%2Fb"),
        ("100%", "100%25"),
        ("%41", "%2541"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        (&longest, &"%C3%A9".repeat(255)),
    ] {
        create_user(&api, id).await;
        let path = format!("/v1/users/{segment}");
        assert_eq!(api.get(&path).await.body["identifyId"], id);
        assert_no_content(&api.put(&path, &json!({ "title": "CEO" })).await);
        assert_no_content(&api.delete(&path).await);
        assert_status(&api.get(&path).await, 404);
    }
    assert_status(&api.get("/v1/users/A").await, 404);
    let too_long = format!("/v1/users/{}", "x".repeat(256));
    for method in [Method::GET, Method::DELETE] {
        assert_status(&api.send(api.request(method, &too_long)).await, 404);
    }
}

/// The words of routes are ids where no other route has the method.
#[tokio::test]
async fn a_user_whose_id_is_a_word_of_a_route_can_be_read() {
    let api = create_px_tenant().await.px_api();
    for id in ["update", "delete"] {
        create_user(&api, id).await;
        assert_eq!(api.get(&format!("/v1/users/{id}")).await.body["identifyId"], id);
    }
    assert_no_content(&api.put("/v1/users/delete", &json!({ "title": "CEO" })).await);
    assert_no_content(&api.delete("/v1/users/update").await);
    assert_status(&api.get("/v1/users/update").await, 404);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_id_free() {
    let test = create_px_tenant().await;
    let api = test.px_api();
    let first = create_user(&api, "u1").await;
    assert_no_content(&api.delete("/v1/users/u1?hardDelete=true").await);
    let unknown = "User was not found for parameters {id=u1}";
    assert_px_refused(&api.get("/v1/users/u1").await, 404, "NOT_FOUND", unknown);
    assert_px_refused(&api.delete("/v1/users/u1").await, 404, "NOT_FOUND", unknown);
    let second = create_user(&api, "u1").await;
    assert_ne!(first["aptrinsicId"], second["aptrinsicId"]);

    let by_body = |body: Json| {
        let request = api.request(Method::DELETE, "/v1/users/delete").json(&body);
        async { api.send(request).await }
    };
    assert_no_content(&by_body(json!({ "identifyId": "u1" })).await);
    assert_px_refused(&by_body(json!({ "identifyId": "u1" })).await, 404, "NOT_FOUND", unknown);
    assert_px_faults(&by_body(json!({})).await, "user", &["identifyId"]);
}

#[tokio::test]
async fn a_person_that_people_knows_stays_when_its_user_is_deleted() {
    let test = create_px_tenant().await;
    let (api, people) = (test.px_api(), test.api());
    let gsid = people.upsert_person(&json!({ "Email": "ann@abc.com" })).await.gsid();
    let body = json!({ "identifyId": "u1", "propertyKeys": ["AP-1"], "email": "ann@abc.com",
        "title": "CEO" });
    let created = api.post(USERS, &body).await;
    assert_status(&created, 201);
    assert_eq!(created.body["aptrinsicId"], gsid);
    assert_no_content(&api.delete("/v1/users/u1").await);
    assert_status(&api.get("/v1/users/u1").await, 404);
    assert_eq!(people.get_person("ann@abc.com").await.body["data"]["gsid"], gsid);
    let again = create_user(&api, "u1").await;
    assert_ne!(again["aptrinsicId"], json!(gsid), "without the email it is somebody else");
    assert_eq!(again["title"], "");
}

#[tokio::test]
async fn preferences_are_null_until_they_are_set() {
    let api = create_px_tenant().await.px_api();
    create_user(&api, "u/1").await;
    let path = "/v1/user/preferences/u%2F1";
    let none = json!({ "guidedTours": null, "onboardingBot": null, "productUpdates": null,
        "surveys": null, "trackUsage": null });
    let read = api.get(path).await;
    assert_status(&read, 200);
    assert_eq!(read.body, none);
    assert_no_content(&api.put(path, &json!({ "surveys": true, "trackUsage": "false" })).await);
    assert_no_content(&api.put(path, &json!({ "surveys": null, "guidedTours": false })).await);
    let mut expected = none;
    expected["surveys"] = true.into();
    expected["trackUsage"] = false.into();
    expected["guidedTours"] = false.into();
    assert_eq!(api.get(path).await.body, expected);
    assert_px_faults(&api.put(path, &json!({ "surveys": 7 })).await, "user", &["surveys"]);

    let unknown = "User was not found for parameters {id=u2}";
    let path = "/v1/user/preferences/u2";
    assert_px_refused(&api.get(path).await, 404, "NOT_FOUND", unknown);
    let update = api.put(path, &json!({ "surveys": true })).await;
    assert_px_refused(&update, 404, "NOT_FOUND", unknown);
}

/// A person that People made moves with its email.
#[tokio::test]
async fn an_email_that_is_changed_here_is_changed_for_people() {
    let test = create_px_tenant().await;
    let (api, people) = (test.px_api(), test.api());
    let gsid = people.upsert_person(&json!({ "Email": "ann@abc.com" })).await.gsid();
    let body = json!({ "identifyId": "u1", "propertyKeys": ["AP-1"], "email": "ann@abc.com" });
    assert_status(&api.post(USERS, &body).await, 201);
    assert_no_content(&api.put("/v1/users/u1", &json!({ "email": "ann@new.com" })).await);
    assert_eq!(people.get_person("ann@new.com").await.body["data"]["gsid"], gsid);
    assert_status(&people.get_person("ann@abc.com").await, 400);
    assert_eq!(api.get("/v1/users/u1").await.body["aptrinsicId"], gsid);
}
