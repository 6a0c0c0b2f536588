//! A tenant reads and writes nothing of another.

use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::json;

#[tokio::test]
async fn another_tenant_sees_nothing() {
    let (owner, other) = (TestTenant::new().await, TestTenant::new().await);
    let company = owner.create_company("abc, Inc.").await;
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
    let gsid = owner
        .uncached_store()
        .ingest_record(&body, &Lookups::default())
        .await
        .unwrap()
        .unwrap()
        .person
        .gsid
        .clone();

    let other_store = other.uncached_store();
    assert!(other_store.read_person_by_gsid(&Gsid::parse(&gsid).unwrap()).await.unwrap().is_none());
    assert!(
        other_store
            .read_person_by_email(&Email::parse("a@abc.com").unwrap())
            .await
            .unwrap()
            .is_none()
    );
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    for body in [
        json!({ "Gsid": gsid, "FirstName": "X" }),
        json!({ "Email": "b@abc.com", "companies": [{ "Company_ID": company }] }),
        json!({ "Email": "b@abc.com", "companies": [{ "N": "abc, Inc." }], "lookups": lookups }),
    ] {
        assert!(
            other_store.ingest_record(&body, &Lookups::default()).await.unwrap().is_err(),
            "{body}"
        );
    }
    assert!(other.read_items().await.is_empty());
}
