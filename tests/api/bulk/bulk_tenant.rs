//! The initial state of tests of bulk calls, which is that of the samples (contract:
//! bulk#bulk-answer, bulk#lookup-marker).

use people_testkit::{Reply, TestTenant};
use serde_json::{Map, Value as Json, json};

use crate::fixture_run::FixtureRun;

pub(crate) const BULK: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people";

/// A tenant with two companies, a relationship of the first, and the article's custom fields.
pub(crate) struct BulkTenant {
    pub(crate) test: TestTenant,
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) admin: String,
}

impl BulkTenant {
    pub(crate) async fn new() -> Self {
        let FixtureRun { test, names, .. } = FixtureRun::new("bulk-upsert/email-invalid").await;
        let id = |placeholder: &str| names.fill_text(placeholder);
        let (first, second) = (id("{{company:Broadcom}}"), id("{{company:Drivedata}}"));
        let admin = id("{{relationship:Relationship1}}");
        Self { test, first, second, admin }
    }

    pub(crate) async fn bulk(&self, body: &Json) -> Reply {
        self.test.api().put(BULK, body).await
    }

    /// Reads the ids of a person and its associations by GET.
    pub(crate) async fn ids(&self, email: &str) -> Ids {
        let data = self.test.api().get_person(email).await.body["data"].clone();
        assert!(data["gsid"].is_string(), "no person {email}: {data}");
        Ids { data }
    }
}

/// A person as GET returns it.
pub(crate) struct Ids {
    data: Json,
}

impl Ids {
    pub(crate) fn person(&self) -> String {
        self.data["gsid"].as_str().unwrap().to_owned()
    }

    /// The Company Person of a company.
    pub(crate) fn company(&self, company: &str) -> Json {
        self.company_of(company)["gsid"].clone()
    }

    /// The Relationship Person of a relationship under a company.
    pub(crate) fn relationship(&self, company: &str, relationship: &str) -> Json {
        let list = self.company_of(company)["relationships"].clone();
        let found = list.as_array().unwrap().iter();
        let found = found.filter(|known| known["relationship_id"]["Id"] == relationship);
        found.map(|known| known["gsid"].clone()).next().expect("the relationship is held")
    }

    fn company_of(&self, company: &str) -> &Json {
        let mut list = self.data["companies"].as_array().unwrap().iter();
        list.find(|known| known["company_id"]["Id"] == company).expect("the company is held")
    }
}

/// Merges objects; later members win.
pub(crate) fn merge_objects<const N: usize>(parts: [Json; N]) -> Json {
    let mut all = Map::new();
    for part in parts {
        all.extend(part.as_object().unwrap().clone());
    }
    Json::Object(all)
}

/// The error entry of an incomplete key, with its known parts.
pub(crate) fn missing_key(name: &str, known: Json, missing: &str) -> Json {
    let message = format!("Resolution key value is null or empty : {missing}");
    json!({ "fieldName": name, "values": { name: known },
        "errors": [{ "message": message, "code": "GSOBJ_VCUSTOM1012" }] })
}

/// The error entry of a key with a null that an earlier row had too.
pub(crate) fn repeated_key(key: &str) -> Json {
    let message = format!("Row with the given resolution key already exists : {key}");
    json!({ "errors": [{ "message": message, "code": "GSOBJ_VCUSTOM1007" }] })
}

/// The marker in place of an id that a lookup did not find.
pub(crate) fn lookup_marker(field: &str) -> Json {
    json!({ "lookupData": { field: "GSOBJ_RLS012" }, "errorCode": "GSOBJ_RLS012" })
}

/// The error entry of a failed lookup by Name; `sought` is the searched name.
pub(crate) fn unresolved_lookup(field: &str, sought: &str) -> Json {
    json!({ "fieldName": field, "values": { field: lookup_marker(field) },
        "errors": [{ "message": "Invalid gsid value", "code": "GSOBJ_VDTGSID1001",
            "lookup": { "Name": sought } }] })
}

pub(crate) const COMPANY_KEY: &str = "Company_ID,Person_ID";
pub(crate) const RELATIONSHIP_KEY: &str = "Company_ID,Person_ID,Relationship_ID";
