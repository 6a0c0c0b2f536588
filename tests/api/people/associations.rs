//! The associations of a person over HTTP: primary, merged, moved (contract:
//! upsert#primary-company, upsert#equal-associations, upsert#nested-company).

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::upsert::get_data;

#[tokio::test]
async fn the_last_primary_company_wins() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (one, two, three) = (
        test.create_company("1").await,
        test.create_company("2").await,
        test.create_company("3").await,
    );
    let company =
        |id: &str, primary: Json| json!({ "Company_ID": id, "IsPrimaryCompany": primary });
    let send = |companies: Json| {
        let api = api.clone();
        async move {
            api.upsert_person(&json!({ "Email": "a@abc.com", "companies": companies })).await.gsid()
        }
    };
    let primaries = || async {
        let person = get_data(&api, "a@abc.com").await;
        let mut shown: Vec<_> = person["companies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|company| {
                (
                    company["company_id"]["name"].as_str().unwrap().to_owned(),
                    company["isprimarycompany"].clone(),
                )
            })
            .collect();
        shown.sort_by(|a, b| a.0.cmp(&b.0));
        shown.into_iter().map(|(_, primary)| primary).collect::<Vec<_>>()
    };
    send(
        json!([company(&one, json!(true)), company(&two, json!("True")), { "Company_ID": three }]),
    )
    .await;
    assert_eq!(primaries().await, [json!(false), json!(true), Json::Null]);
    send(json!([company(&one, json!("1"))])).await;
    assert_eq!(primaries().await, [json!(true), json!(false), Json::Null]);
    send(json!([company(&two, json!(true)), company(&two, json!(false))])).await;
    assert_eq!(
        primaries().await,
        [json!(true), json!(false), Json::Null],
        "equal ones merge first"
    );
    send(json!([company(&one, json!(false))])).await;
    assert_eq!(
        primaries().await,
        [json!(false), json!(false), Json::Null],
        "when the latest is set false, none is"
    );
}

#[tokio::test]
async fn equal_associations_merge_and_the_last_value_wins() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia", &company).await;
    let body = json!({
        "Email": "a@abc.com",
        "companies": [
            { "Company_ID": company, "Title": "first", "Role": "Admin" },
            { "company_id": company, "Title": "second", "relationships": [{ "Relationship_ID": relationship, "Title": "nested" }] },
        ],
        "relationships": [{ "Relationship_ID": relationship, "Role": "Direct" }],
    });
    api.upsert_person(&body).await.gsid();
    let person = get_data(&api, "a@abc.com").await;
    let [company] = person["companies"].as_array().unwrap().as_slice() else {
        panic!("one company: {person}")
    };
    assert_eq!((&company["title"], company["role"].is_string()), (&json!("second"), true));
    let [relationship] = company["relationships"].as_array().unwrap().as_slice() else {
        panic!("one: {company}")
    };
    assert_eq!(
        (&relationship["title"], relationship["role"].is_string()),
        (&json!("nested"), true)
    );
    assert_eq!(test.read_items().await.len(), 1);
}

#[tokio::test]
async fn a_relationship_alone_brings_its_company() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let other = test.create_company("other").await;
    let relationship = test.create_relationship("Asia", &company).await;
    api.upsert_person(&json!({ "Email": "a@abc.com", "relationships": [{ "Relationship_ID": relationship, "Company_ID": other }] })).await.gsid();
    let person = get_data(&api, "a@abc.com").await;
    let [made] = person["companies"].as_array().unwrap().as_slice() else {
        panic!("one company: {person}")
    };
    assert_eq!(
        made["company_id"]["name"], "abc, Inc.",
        "directly under the person it is always the record's company"
    );
    assert_eq!((&made["active"], &made["isprimarycompany"]), (&json!(true), &Json::Null));

    // Nested under another company it is stored as sent, in addition to the first.
    let nested = json!([{ "Company_ID": other, "relationships": [{ "Relationship_ID": relationship, "Title": "T" }] }]);
    api.upsert_person(&json!({ "Email": "a@abc.com", "companies": nested })).await.gsid();
    let person = get_data(&api, "a@abc.com").await;
    let shown: Vec<_> = person["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|company| {
            (company["company_id"]["name"].clone(), company["relationships"][0]["title"].clone())
        })
        .collect();
    assert_eq!(shown, [(json!("abc, Inc."), Json::Null), (json!("other"), json!("T"))]);
}

#[tokio::test]
async fn a_nested_relationship_may_name_another_company() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (company, other) =
        (test.create_company("abc, Inc.").await, test.create_company("other").await);
    let relationship = test.create_relationship("Asia", &company).await;
    let nested = json!([{ "Relationship_ID": relationship, "Company_ID": other, "Title": "T" }]);
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company, "relationships": nested }] });
    api.upsert_person(&body).await.gsid();
    let companies = get_data(&api, "a@abc.com").await["companies"].clone();
    let shown = |at: usize| {
        (
            companies[at]["company_id"]["name"].clone(),
            companies[at]["relationships"].as_array().unwrap().len(),
        )
    };
    let mut shown = [shown(0), shown(1)];
    shown.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(shown, [(json!("abc, Inc."), 0), (json!("other"), 1)]);
}

#[tokio::test]
async fn a_relationship_that_moves_to_another_company_stays_visible() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (company, other) =
        (test.create_company("abc, Inc.").await, test.create_company("other").await);
    let relationship = test.create_relationship("Asia", &company).await;
    api.upsert_person(
        &json!({ "Email": "a@abc.com", "relationships": [{ "Relationship_ID": relationship }] }),
    )
    .await
    .gsid();
    let moved = json!({ "records": [{ "Gsid": relationship, "Company_ID": other }] });
    assert_eq!(
        api.put("/v1/data/objects/relationship?keys=Gsid", &moved).await.status.as_u16(),
        200
    );
    let printed = get_data(&api, "a@abc.com").await;
    let shown: Vec<_> = printed["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|company| {
            (
                company["company_id"]["name"].clone(),
                company["relationships"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(shown.len(), 2);
    assert!(
        shown.contains(&(json!("other"), 1)) && shown.contains(&(json!("abc, Inc."), 0)),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_person_id_inside_an_association_names_the_person() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let gsid = api.upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let other = api.upsert_person(&json!({ "Email": "other@abc.com" })).await.gsid();
    let by_id = json!({ "companies": [{ "Person_ID": gsid, "Company_ID": company }] });
    assert_eq!(api.upsert_person(&by_id).await.gsid(), gsid);
    let ignored = json!({ "Email": "a@abc.com", "companies": [{ "Person_ID": other, "Company_ID": company, "Title": "T" }] });
    assert_eq!(api.upsert_person(&ignored).await.gsid(), gsid, "the person found first counts");
}

#[tokio::test]
async fn three_hundred_associations_in_one_request() {
    let test = TestTenant::new().await;
    let api = test.api();
    let mut companies = Vec::new();
    for chunk in 0..6 {
        let records: Vec<_> = (0..50).map(|n| json!({ "Name": format!("C{chunk}-{n}") })).collect();
        let reply = api.post("/v1/data/objects/company", &json!({ "records": records })).await;
        let made = reply.body["data"]["records"].as_array().expect("made").clone();
        companies.extend(
            made.into_iter().map(|record| json!({ "Company_ID": record["Gsid"], "Title": "T" })),
        );
    }
    api.upsert_person(&json!({ "Email": "a@abc.com", "companies": companies })).await.gsid();
    let person = get_data(&api, "a@abc.com").await;
    assert_eq!(person["companies"].as_array().unwrap().len(), 300);
    assert!(person["companies"].as_array().unwrap().iter().all(|company| company["title"] == "T"));
}
