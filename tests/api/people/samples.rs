//! Every sample of the article for one person whose fields are standard: sent as printed,
//! answered as printed, ids and dates apart (contract: README#printed-answers).

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::snapshot::take_snapshot;

/// The state that the article assumes: its companies and relationships.
struct World {
    test: TestTenant,
    abc: String,
    drivedata: String,
    asia: String,
}

impl World {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let abc = test.create_company("abc, Inc.").await;
        let drivedata = test.create_company("Drivedata").await;
        let asia = test.create_relationship("Asia Pacific", &abc).await;
        Self { test, abc, drivedata, asia }
    }

    /// Sends a sample and shows status, body and state.
    async fn put(&self, body: Json) -> Json {
        let reply = self.test.api().upsert_person(&body).await;
        let gsid = reply.body["data"]["personGsid"].as_str().unwrap_or(&"-".repeat(36)).to_owned();
        let names = [
            ("abc", &self.abc),
            ("drivedata", &self.drivedata),
            ("asia", &self.asia),
            ("person", &gsid),
        ];
        take_snapshot(&self.test, &reply, &names.map(|(name, gsid)| (name, gsid.as_str()))).await
    }
}

fn lookup(source: &str, field: &str) -> Json {
    json!({ "fields": { source: field } })
}

#[tokio::test]
async fn upsert_95() {
    let world = World::new().await;
    let sample = json!({ "FirstName": "John", "LastName": "Smith", "Email": "jsmith@abc.com" });
    insta::assert_json_snapshot!(world.put(sample).await);
}

#[tokio::test]
async fn upsert_with_ids_168() {
    let world = World::new().await;
    let sample = json!({
        "FirstName": "John", "LastName": "Smith", "Email": "jsmith@abc.com",
        "companies": [
            { "Company_ID": world.drivedata, "IsPrimaryCompany": "false" },
            { "Company_ID": world.abc, "IsPrimaryCompany": "true", "relationships": [
                { "Role": "Admin", "IsPrimaryCompany": "true", "Relationship_ID": world.asia },
            ] },
        ],
    });
    insta::assert_json_snapshot!(world.put(sample).await);
}

/// The custom object and field that the article looks up as well.
async fn desk_phones(test: &TestTenant) -> String {
    let schema: SchemaFile = serde_json::from_value(json!({ "objects": {
        "custom_table_name": { "fields": { "Phone_num_custom_column": { "type": "STRING", "indexed": true } } },
        "company_person": { "fields": { "Deskphone__gc": { "type": "GSID", "lookup": "custom_table_name" } } },
    } }))
    .unwrap();
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    let records = json!({ "records": [{ "Phone_num_custom_column": "9234567891" }] });
    let made = test.api().post("/v1/data/objects/custom_table_name", &records).await;
    made.body["data"]["records"][0]["Gsid"].as_str().expect("made").to_owned()
}

#[tokio::test]
async fn upsert_with_lookups_204() {
    let world = World::new().await;
    let phone = desk_phones(&world.test).await;
    let full = |source: &str, field: &str, object: &str| {
        json!({ "fields": { source: field }, "lookupField": "Gsid", "objectName": object,
            "multiMatchOption": "FIRSTMATCH", "onNoMatch": "ERROR" })
    };
    let sample = json!({
        "FirstName": "John", "LastName": "Smith", "Email": "jsmith@abc.com",
        "companies": [
            { "CompanyName": "Drivedata", "IsPrimaryCompany": "false", "role": "Power User",
                "CustomObject__column1": 9_234_567_891_u64 },
            { "CompanyName": "abc, Inc.", "IsPrimaryCompany": "true", "Relationships": [
                { "role": "Admin", "IsPrimaryCompany": "true", "RelationshipName": "Asia Pacific" },
            ] },
        ],
        "lookups": {
            "companies": {
                "Company_ID": full("CompanyName", "Name", "Company"),
                "Deskphone__gc": full("CustomObject__column1", "Phone_num_custom_column", "custom_table_name"),
            },
            "relationships": { "Relationship_ID": full("RelationshipName", "Name", "Relationship") },
        },
    });
    insta::assert_json_snapshot!(world.put(sample).await);
    let person = world.test.api().get_person("jsmith@abc.com").await.body["data"].clone();
    let phones: Vec<_> = person["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["deskphone__gc"].clone())
        .collect();
    assert!(phones.contains(&json!(phone)) && phones.contains(&Json::Null), "{phones:?}");
}

#[tokio::test]
async fn relationship_only_335() {
    let world = World::new().await;
    let sample = json!({
        "FirstName": "John", "LastName": "Smith", "Name": "John Smith", "Email": "jsmith@abc.com",
        "relationships": [{ "Role": "Admin", "IsPrimaryCompany": "true", "RelationshipName": "Asia Pacific" }],
        "lookups": { "relationships": { "Relationship_ID": lookup("RelationshipName", "Name") } },
    });
    insta::assert_json_snapshot!(world.put(sample).await);
}

fn lookup_only() -> Json {
    json!({
        "companies": [{
            "CompanyName": "abc, Inc.", "PersonEmail": "jsmith@abc.com", "IsPrimaryCompany": "true",
            "relationships": [{ "Role": "Admin", "IsPrimaryCompany": "true", "RelationshipName": "Asia Pacific" }],
        }],
        "lookups": {
            "companies": { "Company_ID": lookup("CompanyName", "Name"), "Person_ID": lookup("PersonEmail", "Email") },
            "relationships": { "Relationship_ID": lookup("RelationshipName", "Name") },
        },
    })
}

#[tokio::test]
async fn lookup_only_426() {
    let world = World::new().await;
    let gsid = world.test.api().upsert_person(&json!({ "Email": "JSmith@abc.com" })).await.gsid();
    let shown = world.put(lookup_only()).await;
    insta::assert_json_snapshot!(shown);
    assert_eq!(world.test.api().upsert_person(&lookup_only()).await.gsid(), gsid);
}

#[tokio::test]
async fn lookup_only_never_creates_a_person() {
    let world = World::new().await;
    insta::assert_json_snapshot!(world.put(lookup_only()).await);
}

#[tokio::test]
async fn no_such_company_483() {
    let test = TestTenant::new().await;
    let sample = json!({
        "Email": "jsmith@abc.com", "companies": [{ "CompanyName": "abc, Inc." }],
        "lookups": { "companies": { "Company_ID": lookup("CompanyName", "Name") } },
    });
    let reply = test.api().upsert_person(&sample).await;
    let expected = json!({
        "result": false,
        "requestId": reply.body["requestId"],
        "data": { "status": "FAILURE", "errors": [{
            "field": "Company_ID",
            "invalidValue": [{ "Name": "abc, Inc.", "Company_ID": "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED" }],
            "errorCode": "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED",
            "errorMessage": "ResolveLookupService source lookup field not resolved",
        }] },
    });
    assert_eq!((reply.status.as_u16(), &reply.body), (400, &expected));
    assert!(test.read_items().await.is_empty());
}
