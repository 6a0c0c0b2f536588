//! GET by GSID and by email (contract: get).

use people_testkit::{Reply, TestTenant, redact_json, redact_json_unnumbered};
use serde_json::{Value as Json, json};

/// As printed (contract: get#printed-person), but for ids and dates.
fn sample_response() -> Json {
    let person = json!({ "Id": "<id>", "name": "John smith" });
    let company = json!({ "Id": "<id>", "name": "abc, Inc." });
    json!({
        "email": "jsmith@abc.com", "createddate": "<time>", "firstname": "John", "timezone": null,
        "dynamicresolutionkey": null, "modifieddate": "<time>", "name": "John smith", "lastname": "smith",
        "externalrecordid__gc": null, "masterrecordid": null, "middlename": null, "masteravatartypecode": null,
        "location": "United States", "gsid": "<id>",
        "companies": [{
            "modifieddate": "<time>", "company_id": company, "gsid": "<id>", "active": true,
            "isprimarycompany": null, "role": "<id>", "manager": null, "createddate": "<time>",
            "person_id": person, "title": "Executive Sponsor",
            "relationships": [{
                "person_id": person, "relationship_type_id": null, "manager": null, "company_id": company,
                "createddate": "<time>", "isprimarycompany": null, "role": null,
                "relationship_id": { "Id": "<id>", "name": "Asia Pacific" }, "gsid": "<id>",
                "title": "Executive Sponsor", "company_person_id": { "Id": "<id>" }, "active": true,
                "modifieddate": "<time>",
            }],
        }],
    })
}

/// The person of the sample.
async fn sample(test: &TestTenant) -> String {
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia Pacific", &company).await;
    let body = json!({
        "FirstName": "John", "LastName": "smith", "Email": "jsmith@abc.com", "Location": "United States",
        "companies": [{ "Company_ID": company, "Role": "Executive", "Title": "Executive Sponsor",
            "relationships": [{ "Relationship_ID": relationship, "Title": "Executive Sponsor" }] }],
    });
    test.api().upsert_person(&body).await.gsid()
}

fn assert_contains(ours: &Json, sample: &Json, path: &str) {
    match (ours, sample) {
        (Json::Object(ours), Json::Object(sample)) => {
            for (name, value) in sample {
                assert_contains(
                    ours.get(name).unwrap_or(&json!("<absent>")),
                    value,
                    &format!("{path}.{name}"),
                );
            }
        }
        (Json::Array(ours), Json::Array(sample)) => {
            assert_eq!(ours.len(), sample.len(), "{path}");
            ours.iter()
                .zip(sample)
                .for_each(|(ours, sample)| assert_contains(ours, sample, &format!("{path}[]")));
        }
        _ => assert_eq!(ours, sample, "{path}"),
    }
}

async fn get_both_ways(test: &TestTenant, gsid: &str) -> [Reply; 2] {
    let api = test.api();
    [
        api.get(&format!("/v1/peoplemgmt/v1.0/people/{gsid}")).await,
        api.get_person("JSmith@abc.com").await,
    ]
}

#[tokio::test]
async fn the_sample_is_printed_as_in_the_article() {
    let test = TestTenant::new().await;
    let gsid = sample(&test).await;
    for reply in get_both_ways(&test, &gsid).await {
        assert_eq!(reply.status.as_u16(), 200);
        assert_contains(&redact_json_unnumbered(&reply.body["data"]), &sample_response(), "data");
        let data = &reply.body["data"];
        assert_eq!(data["gsid"], gsid.as_str());
        let (company, relationship) =
            (&data["companies"][0], &data["companies"][0]["relationships"][0]);
        assert_eq!(company["person_id"]["Id"], gsid.as_str());
        assert_eq!(relationship["company_person_id"]["Id"], company["gsid"]);
        assert_eq!(relationship["company_id"], company["company_id"]);
        for (id, prefix) in [
            (&data["gsid"], "1P04"),
            (&company["gsid"], "1C01"),
            (&relationship["gsid"], "1C03"),
            (&company["role"], "1I00"),
            (&company["company_id"]["Id"], "1P02"),
        ] {
            assert!(id.as_str().unwrap().starts_with(prefix), "{id}");
        }
    }
}

#[tokio::test]
async fn every_field_of_the_metadata_is_there() {
    let test = TestTenant::new().await;
    let gsid = sample(&test).await;
    let [by_gsid, by_email] = get_both_ways(&test, &gsid).await;
    assert_eq!(by_gsid.body["data"], by_email.body["data"]);
    insta::assert_json_snapshot!(redact_json(&by_gsid.body));
}

#[tokio::test]
async fn ids_and_dates_stay_as_they_are() {
    let test = TestTenant::new().await;
    let gsid = sample(&test).await;
    let [first, _] = get_both_ways(&test, &gsid).await;
    let role = first.body["data"]["companies"][0]["role"].clone();
    let company = first.body["data"]["companies"][0]["company_id"]["Id"].clone();
    // An item's GSID is accepted once its label was written; only what was sent is changed.
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
