//! Effects of an upsert as GET returns them (contract: fields, upsert, lookups).

use people_testkit::{Api, TestTenant};
use serde_json::{Value as Json, json};

pub(super) async fn get_data(api: &Api, email: &str) -> Json {
    let reply = api.get_person(email).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    reply.body["data"].clone()
}

#[tokio::test]
async fn the_alias_an_array_of_one_and_keys_in_any_case() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = api
        .put("/v1.0/api/people?areaName=x", &json!({ "EMAIL": " A@abc.com ", "firstname": "A" }))
        .await
        .gsid();
    assert_eq!(
        api.upsert_person(&json!([{ "email": "a@ABC.com", "LASTNAME": "B" }])).await.gsid(),
        gsid
    );
    assert_eq!(
        api.upsert_person(&json!({ "GSID": gsid, "MiddleName": "M", "Email": "" })).await.gsid(),
        gsid
    );
    let person = get_data(&api, "a@abc.com").await;
    assert_eq!((&person["email"], &person["name"]), (&json!("a@ABC.com"), &json!("A M B")));
}

#[tokio::test]
async fn null_and_an_empty_text_clear_a_field_and_absence_leaves_it() {
    let test = TestTenant::new().await;
    let api = test.api();
    let sent = json!({ "Email": "a@abc.com", "FirstName": "A", "Location": "L", "Comments": "C", "EmailOptOut": "TRUE" });
    api.upsert_person(&sent).await.gsid();
    api.upsert_person(
        &json!({ "Email": "a@abc.com", "FirstName": null, "Location": "", "EmailOptOut": null }),
    )
    .await
    .gsid();
    let person = get_data(&api, "a@abc.com").await;
    let shown = ["firstname", "location", "comments", "emailoptout", "name"]
        .map(|field| person[field].clone());
    assert_eq!(
        shown,
        [Json::Null, Json::Null, json!("C"), Json::Null, Json::Null],
        "cleared is null, whatever the default"
    );
    api.upsert_person(&json!({ "Email": "b@abc.com", "Name": "" })).await.gsid();
    assert_eq!(
        get_data(&api, "b@abc.com").await["emailoptout"],
        false,
        "never sent is the default"
    );
}

#[tokio::test]
async fn a_null_for_a_target_leaves_it_to_its_lookup() {
    let test = TestTenant::new().await;
    let api = test.api();
    test.create_company("abc, Inc.").await;
    let lookups = json!({ "person": { "Location": { "fields": { "C": "Name" }, "objectName": "Company", "lookupField": "Name" } } });
    let body =
        json!({ "Email": "a@abc.com", "Location": null, "C": "abc, Inc.", "lookups": lookups });
    api.upsert_person(&body).await.gsid();
    assert_eq!(get_data(&api, "a@abc.com").await["location"], "abc, Inc.");
}

#[tokio::test]
async fn a_person_lookup_ands_its_fields() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let gsid = api.upsert_person(&json!({ "Email": "a@abc.com", "FirstName": "Ann" })).await.gsid();
    let lookup =
        json!({ "companies": { "Person_ID": { "fields": { "E": "Email", "F": "FirstName" } } } });
    for (first, found) in [("Ann", true), ("Bob", false)] {
        let body = json!({ "companies": [{ "E": "A@abc.com", "F": first, "Company_ID": company }], "lookups": lookup });
        let reply = api.upsert_person(&body).await;
        assert_eq!(reply.body["data"]["personGsid"] == gsid.as_str(), found, "{}", reply.body);
    }
}

#[tokio::test]
async fn lookups_take_the_first_made_and_all_conditions() {
    let test = TestTenant::new().await;
    let api = test.api();
    let make = |record: Json| {
        let api = api.clone();
        async move {
            let reply = api.post("/v1/data/objects/Company", &json!({ "records": [record] })).await;
            reply.body["data"]["records"][0]["Gsid"].as_str().expect("made").to_owned()
        }
    };
    let first = make(json!({ "Name": "Same", "Industry": "Steel", "Employees": 5 })).await;
    let second = make(json!({ "Name": " Same", "Industry": "Paper", "Employees": 7 })).await;
    for (sources, lookup, expected) in [
        (json!({ "N": " Same " }), json!({ "N": "name" }), &first),
        (json!({ "N": "Same", "I": "Paper" }), json!({ "N": "Name", "I": "Industry" }), &second),
        (json!({ "Industry": "Paper" }), json!({ "Industry": "Industry" }), &second),
        (json!({ "E": 7 }), json!({ "E": "Employees" }), &second),
        (json!({ "E": "5" }), json!({ "E": "Employees" }), &first),
        (json!({ "N": "Same", "Company_ID": second }), json!({ "N": "Name" }), &second),
    ] {
        let email = format!("{}@abc.com", test.store.new_stamp().as_str());
        let lookups = json!({ "companies": { "company_id": { "fields": lookup } } });
        let body = json!({ "Email": email, "companies": [sources], "lookups": lookups });
        api.upsert_person(&body).await.gsid();
        assert_eq!(
            get_data(&api, &email).await["companies"][0]["company_id"]["Id"],
            expected.as_str(),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_manager_can_be_looked_up_by_email() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let boss = api.upsert_person(&json!({ "Email": "Boss@abc.com" })).await.gsid();
    let manager = |none: &str| json!({ "fields": { "ManagerEmail": "Email" }, "objectName": "Person", "onNoMatch": none });
    for (email, none, expected) in
        [("boss@abc.com", "ERROR", json!(boss)), ("nobody@abc.com", "NULLABLE", Json::Null)]
    {
        let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company, "ManagerEmail": email }],
            "lookups": { "companies": { "Manager": manager(none) } } });
        api.upsert_person(&body).await.gsid();
        assert_eq!(get_data(&api, "a@abc.com").await["companies"][0]["manager"], expected);
    }
}

#[tokio::test]
async fn a_changed_email_keeps_the_person() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = api.upsert_person(&json!({ "Email": "old@abc.com", "FirstName": "A" })).await.gsid();
    assert_eq!(
        api.upsert_person(&json!({ "Gsid": gsid, "Email": "New@abc.com" })).await.gsid(),
        gsid
    );
    let by_gsid = api.get(&format!("/v1/peoplemgmt/v1.0/people/{gsid}")).await.body["data"].clone();
    assert_eq!((&by_gsid["email"], &by_gsid["firstname"]), (&json!("New@abc.com"), &json!("A")));
    assert_eq!(get_data(&api, "new@abc.com").await, by_gsid);
    assert_eq!(api.get_person("old@abc.com").await.status.as_u16(), 400);
    assert_ne!(api.upsert_person(&json!({ "Email": "old@abc.com" })).await.gsid(), gsid);
}
