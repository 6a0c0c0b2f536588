//! GET by GSID and by email (contract: get, get#printed-person).

use people_testkit::{Reply, TestTenant, redact_json};
use serde_json::{Value as Json, json};

use crate::fixture_run::{FixtureRun, assert_answered};

async fn get_both_ways(test: &TestTenant, gsid: &str) -> [Reply; 2] {
    let api = test.api();
    [
        api.get(&format!("/v1/peoplemgmt/v1.0/people/{gsid}")).await,
        api.get_person("JSmith@abc.com").await,
    ]
}

#[tokio::test]
async fn the_sample_is_printed_as_in_the_article() {
    for name in ["people-get/by-gsid", "people-get/by-email"] {
        assert_answered(name).await;
    }
}

#[tokio::test]
async fn every_field_of_the_metadata_is_there() {
    let FixtureRun { test, names, .. } = FixtureRun::new("people-get/by-gsid").await;
    let gsid = names.fill_text("{{person:jsmith@abc.com}}");
    let [by_gsid, by_email] = get_both_ways(&test, &gsid).await;
    assert_eq!(by_gsid.body["data"], by_email.body["data"]);
    insta::assert_json_snapshot!(redact_json(&by_gsid.body));
}

#[tokio::test]
async fn ids_and_dates_stay_as_they_are() {
    let FixtureRun { test, names, .. } = FixtureRun::new("people-get/by-gsid").await;
    let gsid = names.fill_text("{{person:jsmith@abc.com}}");
    let [first, _] = get_both_ways(&test, &gsid).await;
    let role = first.body["data"]["companies"][0]["role"].clone();
    let company = first.body["data"]["companies"][0]["company_id"]["Id"].clone();
    // An item's GSID is accepted once its label has been written; only the sent fields change.
    let body = json!({ "Gsid": gsid, "companies": [{ "Company_ID": company, "Role": role, "Title": "CEO" }] });
    assert_eq!(test.api().upsert_person(&body).await.gsid(), gsid);
    let [second, _] = get_both_ways(&test, &gsid).await;
    let (before, after) =
        (&first.body["data"]["companies"][0], &second.body["data"]["companies"][0]);
    assert_eq!((&after["title"], &after["role"]), (&json!("CEO"), &role));
    for same in ["gsid", "createddate", "relationships"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(before["modifieddate"].as_str() < after["modifieddate"].as_str());
    assert_eq!(first.body["data"]["createddate"], second.body["data"]["createddate"]);
}

#[tokio::test]
async fn what_is_not_there_or_not_asked_for_properly() {
    let test = TestTenant::new().await;
    let base = "/v1/peoplemgmt/v1.0/people";
    for (path, code) in [
        (format!("{base}?Email=nobody%40abc.com"), "GSOBJ_PEOPLE1001"),
        (format!("{base}/1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D"), "GSOBJ_PEOPLE1001"),
        (format!("{base}/7581e498-c37e-4057-8fc9-c8d4d543de1a"), "GSOBJ_PEOPLE1001"),
        (format!("{base}/short"), "GSOBJ_VDTGSID1001"),
        (base.to_owned(), "GSOBJ_VQP1001"),
        (format!("{base}?Email="), "GSOBJ_VQP1001"),
        (format!("{base}?areaName=x"), "GSOBJ_VQP1001"),
        (format!("{base}?Email=johnsmith%40"), "GSOBJ_VDTEMAIL1001"),
    ] {
        let reply = test.api().get(&path).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!(code)),
            "{path}"
        );
        assert_eq!((&reply.body["data"], &reply.body["message"]), (&Json::Null, &Json::Null));
    }
}

#[tokio::test]
async fn a_plus_in_an_address_is_one() {
    let test = TestTenant::new().await;
    let gsid = test.api().upsert_person(&json!({ "Email": "j+tag@abc.com" })).await.gsid();
    for query in ["email=j%2Btag%40abc.com", "EMAIL=j+tag@abc.com&areaName=x"] {
        let reply = test.api().get(&format!("/v1/peoplemgmt/v1.0/people?{query}")).await;
        assert_eq!(reply.body["data"]["gsid"], gsid.as_str(), "{query}");
    }
}
