//! Simulates processes of functions within this one: each store has its own cache, like a process.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request};
use people_lambda::build_app;
use people_storage::Store;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";

/// A simulated process with the routes of several functions.
pub(super) struct Process {
    app: Router,
    key: String,
}

impl Process {
    pub(super) fn new(store: &Store, key: &str) -> Self {
        let routes = people_upsert::routes().merge(people_get::routes());
        let routes = routes.merge(objects_write::routes()).merge(objects_delete::routes());
        let app = build_app(store, Duration::from_secs(8), people_upsert::ROUTE_ACCESS, routes);
        Self { app, key: key.to_owned() }
    }

    /// Two processes that share only the table.
    pub(super) fn new_pair(test: &TestTenant) -> [Self; 2] {
        [(), ()].map(|()| Self::new(&test.stack.store(), &test.key))
    }

    async fn call(&self, method: Method, path: &str, body: &Json) -> (u16, Json) {
        let request = Request::builder().method(method).uri(path).header("accesskey", &self.key);
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 10_000_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// Upserts a person and returns status and body.
    pub(super) async fn upsert(&self, person: &Json) -> (u16, Json) {
        self.call(Method::PUT, PEOPLE, person).await
    }

    /// Upserts a valid person and returns its GSID.
    pub(super) async fn upserted(&self, person: &Json) -> String {
        let (status, body) = self.upsert(person).await;
        assert_eq!(status, 200, "{body}");
        body["data"]["personGsid"].as_str().unwrap().to_owned()
    }

    /// Returns the companies of a person as GET does.
    pub(super) async fn companies(&self, person: &str) -> Vec<Json> {
        let (status, body) =
            self.call(Method::GET, &format!("{PEOPLE}/{person}"), &Json::Null).await;
        assert_eq!(status, 200, "{body}");
        body["data"]["companies"].as_array().unwrap().clone()
    }

    /// Inserts a record and returns status and body.
    pub(super) async fn insert(&self, object: &str, record: Json) -> (u16, Json) {
        let body = json!({ "records": [record] });
        self.call(Method::POST, &format!("/v1/data/objects/{object}"), &body).await
    }

    /// Updates records by these keys.
    pub(super) async fn update(&self, object: &str, keys: &str, record: Json) {
        let (path, body) =
            (format!("/v1/data/objects/{object}?keys={keys}"), json!({ "records": [record] }));
        let (status, body) = self.call(Method::PUT, &path, &body).await;
        assert_eq!(status, 200, "{body}");
    }

    /// Deletes a record and returns status and body.
    pub(super) async fn delete(&self, object: &str, gsid: &str) -> (u16, Json) {
        self.call(Method::DELETE, &format!("/v1/data/objects/{object}/{gsid}"), &Json::Null).await
    }
}
