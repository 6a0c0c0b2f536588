//! Another tenant's key gives no access (contract: keys#keys-of-a-tenant,
//! envelope#unknown-job-ids).

use people_testkit::TestTenant;
use serde_json::json;

#[tokio::test]
async fn another_tenants_key_sees_nothing() {
    let (mine, other) = (TestTenant::new().await, TestTenant::new().await);
    let company = mine.create_company("abc, Inc.").await;
    let relationship = mine.create_relationship("Asia", &company).await;
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
    let gsid = mine.api().upsert_person(&body).await.gsid();
    let theirs = other.api();
    assert_eq!(
        theirs.get(&format!("/v1/peoplemgmt/v1.0/people/{gsid}")).await.status.as_u16(),
        400
    );
    assert_eq!(theirs.get_person("a@abc.com").await.status.as_u16(), 400);
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    for body in [
        json!({ "Gsid": gsid, "FirstName": "X" }),
        json!({ "Email": "b@abc.com", "companies": [{ "Company_ID": company }] }),
        json!({ "Email": "b@abc.com", "relationships": [{ "Relationship_ID": relationship }] }),
        json!({ "Email": "b@abc.com", "companies": [{ "N": "abc, Inc." }], "lookups": lookups }),
    ] {
        assert_eq!(theirs.upsert_person(&body).await.status.as_u16(), 400, "{body}");
    }
    let update = json!({ "records": [{ "Name": "abc, Inc.", "Industry": "X" }] });
    let reply = theirs.put("/v1/data/objects/company?keys=Name", &update).await;
    assert_eq!(reply.body["errorCode"], "GSOBJ_1011");
    assert_ne!(theirs.upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid(), gsid);
}
