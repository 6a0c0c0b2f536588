//! Runs fixtures over HTTP: creates their state, sends their request and compares the response.

use people_domain::schema::{SchemaFile, diff_schemas};
use people_fixtures::{Fixture, IdNames, assert_matches};
use people_storage::TenantSettings;
use people_testkit::{Reply, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::jobs::poll::{ASYNC, read_chunk, wait_for_job, wait_until_completed};

const DELETE_STATUS: &str = "/v1/peoplemgmt/v1.0/people/delete/status";

/// A fixture whose state exists in its own tenant.
pub(crate) struct FixtureRun {
    pub(crate) test: TestTenant,
    pub(crate) fixture: Fixture,
    pub(crate) names: IdNames,
}

/// Runs a fixture and asserts that the response is as printed.
pub(crate) async fn assert_answered(name: &str) -> (FixtureRun, Reply) {
    let mut sample = FixtureRun::new(name).await;
    let reply = sample.send().await;
    sample.assert_answer(&reply).await;
    (sample, reply)
}

impl FixtureRun {
    /// Creates the state of a fixture.
    pub(crate) async fn new(name: &str) -> Self {
        let fixture = Fixture::load(name);
        let test = if fixture.given.multi_currency {
            let settings = TenantSettings { multi_currency: true, ..TenantSettings::default() };
            TestTenant::with_settings(settings).await
        } else {
            TestTenant::new().await
        };
        let mut sample = Self { test, fixture, names: IdNames::default() };
        sample.make_state().await;
        sample
    }

    async fn make_state(&mut self) {
        let given = self.fixture.given.clone();
        if let Some(schema) = &given.schema {
            let schema: SchemaFile = serde_json::from_value(schema.clone()).unwrap();
            for change in diff_schemas(&SchemaFile::default(), &schema) {
                self.test.uncached_store().apply_schema_change(&change).await.unwrap();
            }
        }
        for (object, record) in given.records() {
            let sent = [self.names.fill_ids(record)];
            let created =
                self.test.uncached_store().insert_objects(object, &sent, &[]).await.unwrap();
            let gsid = created.expect("the record is good").remove(0).gsid;
            self.names.add_record(object, record, &gsid);
        }
        for person in &given.people {
            let gsid = self.test.api().upsert_person(&self.names.fill_ids(person)).await.gsid();
            let email = person["Email"].as_str().expect("an email");
            self.name_person(email).await;
            assert_eq!(self.names.fill_text(&format!("{{{{person:{email}}}}}")), gsid);
        }
    }

    /// Records the ids of a person and its associations as GET returns them.
    async fn name_person(&mut self, email: &str) {
        let data = self.test.api().get_person(email).await.body["data"].clone();
        assert!(data["gsid"].is_string(), "no person {email}: {data}");
        self.names.add_person(email, &data);
    }

    pub(crate) async fn send(&self) -> Reply {
        let (api, request) = (self.test.api(), &self.fixture.request);
        let method: Method = request.method.parse().expect("a method");
        let call = api.request(method, &self.names.fill_text(&request.path));
        match &request.body {
            Json::Null => api.send(call).await,
            body => api.send(call.json(&self.names.fill_ids(body))).await,
        }
    }

    /// Asserts that a response is as printed, and so is the outcome of the job that it began.
    pub(crate) async fn assert_answer(&mut self, reply: &Reply) {
        let expected = self.fixture.answer.clone();
        let mut actual = json!({ "status": reply.status.as_u16(), "body": reply.body });
        if expected.job.is_some() {
            let done = self.wait_for_job(reply).await;
            let mut chunks = Vec::new();
            for number in 1..=expected.chunks.len() {
                chunks.push(read_chunk(&self.test.api(), &done, number).await);
            }
            actual["job"] = done.body;
            actual["chunks"] = chunks.into();
        } else {
            actual["job"] = Json::Null;
            actual["chunks"] = json!([]);
        }
        let expected_response = json!({ "status": expected.status, "body": expected.body,
            "job": expected.job, "chunks": expected.chunks });
        for email in IdNames::people_of(&expected_response) {
            self.name_person(&email).await;
        }
        let actual = self.names.restore_names(&actual);
        assert_matches(&actual, &expected_response, expected.allows_more, &self.fixture.name);
    }

    /// Waits for the job that the request began and returns its status.
    async fn wait_for_job(&self, reply: &Reply) -> Reply {
        let api = self.test.api();
        let data = &reply.body["data"];
        let path = match (&data["statusId"], &data["deleteRequestId"]) {
            (Json::String(id), _) => format!("{ASYNC}/status/{id}"),
            (_, Json::String(id)) => format!("{DELETE_STATUS}/{id}"),
            _ => return wait_for_job(&api, reply).await,
        };
        wait_until_completed(&api, &path, "/data/status").await
    }
}
