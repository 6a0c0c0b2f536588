//! The vendor's sample person with a company and a relationship, referenced by id, over HTTP.

use people_testkit::{Api, TestTenant};
use serde_json::json;

pub(crate) struct SamplePerson {
    api: Api,
    company: String,
    relationship: String,
}

impl SamplePerson {
    pub(crate) async fn new(test: &TestTenant) -> Self {
        let company = test.create_company("abc, Inc.").await;
        let relationship = test.create_relationship("Asia Pacific", &company).await;
        Self { api: test.api(), company, relationship }
    }

    pub(crate) async fn upsert_person(&self, n: u32) {
        let relationships = json!([{ "Role": "Admin", "IsPrimaryCompany": "true", "Relationship_ID": self.relationship }]);
        let body = json!({
            "FirstName": "John", "LastName": format!("Smith {n}"), "Email": "jsmith@abc.com",
            "companies": [{ "Company_ID": self.company, "IsPrimaryCompany": "true", "relationships": relationships }],
        });
        self.api.upsert_person(&body).await.gsid();
    }

    pub(crate) async fn get_person(&self) {
        let reply = self.api.get_person("jsmith@abc.com").await;
        assert!(reply.status.is_success(), "{}", reply.body);
    }
}
