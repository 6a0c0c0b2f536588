//! Queries of people and their associations stay within the tenant (contract:
//! query#objects-of-queries).

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::query::query_rows;

/// Creates two people: Ann has abc, Inc. and a relationship under it; Bob's email has changed.
async fn create_people(test: &TestTenant) -> (String, String) {
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia", &company).await;
    let api = test.api();
    let ann = json!({ "Email": "Ann@abc.com", "FirstName": "Ann", "LastName": "Lee", "companies": [
        { "Company_ID": company, "Role": "Admin", "IsPrimaryCompany": true,
          "relationships": [{ "Relationship_ID": relationship, "Title": "CTO" }] }] });
    let ann = api.upsert_person(&ann).await.gsid();
    let bob =
        api.upsert_person(&json!({ "Email": "bob@abc.com", "FirstName": "Bob" })).await.gsid();
    api.upsert_person(&json!({ "Gsid": bob, "Email": "robert@abc.com" })).await.gsid();
    (ann, bob)
}

#[tokio::test]
async fn people_are_rows_too() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (ann, bob) = create_people(&test).await;
    let names = json!(["Gsid", "Name", "Email", "EmailOptOut"]);
    let ann =
        json!({ "Gsid": ann, "Name": "Ann Lee", "Email": "Ann@abc.com", "EmailOptOut": false });
    let bob =
        json!({ "Gsid": bob, "Name": "Bob", "Email": "robert@abc.com", "EmailOptOut": false });
    let mut all = [ann.clone(), bob.clone()];
    all.sort_by_key(|person| person["Gsid"].as_str().unwrap().to_owned());
    assert_eq!(query_rows(&api, "person", &json!({ "select": names })).await, all);
    let by_order = json!({ "select": names, "orderBy": { "Name": "desc" } });
    assert_eq!(query_rows(&api, "person", &by_order).await, [bob.clone(), ann.clone()]);
    let ids = json!([ann["Gsid"], bob["Gsid"]]);
    for (name, operator, value, expected) in [
        ("Email", "EQ", json!(["ANN@abc.com"]), vec![&ann]),
        ("Email", "IN", json!(["robert@abc.com", "bob@abc.com"]), vec![&bob]),
        ("Email", "ENDS_WITH", json!(["@ABC.com"]), all.iter().collect()),
        ("Gsid", "IN", ids, all.iter().collect()),
        ("Gsid", "EQ", bob["Gsid"].clone(), vec![&bob]),
        ("LastName", "IS_NULL", json!([]), vec![&bob]),
        ("Name", "CONTAINS", json!(["lee"]), vec![&ann]),
    ] {
        let filter =
            json!({ "conditions": [{ "name": name, "operator": operator, "value": value }] });
        let found = query_rows(&api, "person", &json!({ "select": names, "where": filter })).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{name} {operator}");
    }
}

#[tokio::test]
async fn associations_are_what_get_shows() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (ann, _) = create_people(&test).await;
    let shown = &api.get_person("ann@abc.com").await.body["data"]["companies"][0].clone();
    let nested = &shown["relationships"][0];
    let select = [
        "Gsid",
        "Person_ID",
        "Person_ID__gr.Email",
        "Company_ID",
        "Company_ID__gr.Name",
        "Role",
        "Active",
        "IsPrimaryCompany",
        "Manager",
    ];
    let company = json!({ "Gsid": shown["gsid"], "Person_ID": ann, "Person_ID__gr.Email": "Ann@abc.com",
        "Company_ID": shown["company_id"]["Id"], "Company_ID__gr.Name": "abc, Inc.",
        "Role": shown["role"], "Active": true, "IsPrimaryCompany": true, "Manager": null });
    let email = |value| {
        json!({ "conditions": [
        { "name": "Person_ID__gr.Email", "operator": "EQ", "value": [value] }] })
    };
    for filter in [
        Json::Null,
        email("ANN@abc.com"),
        json!({ "conditions": [
        { "name": "Company_ID__gr.Name", "operator": "STARTS_WITH", "value": "ABC" },
        { "name": "Role", "operator": "EQ", "value": shown["role"] },
        { "name": "Role", "operator": "CONTAINS", "value": "adm" }] }),
    ] {
        let found =
            query_rows(&api, "company_person", &json!({ "select": select, "where": filter })).await;
        assert_eq!(found, std::slice::from_ref(&company), "{filter}");
    }
    let none = json!({ "select": select, "where": email("robert@abc.com") });
    assert_eq!(query_rows(&api, "company_person", &none).await, Vec::<Json>::new());

    let select = json!([
        "Gsid",
        "Company_Person_ID",
        "Relationship_ID__gr.Name",
        "Company_ID__gr.Name",
        "Person_ID__gr.Name",
        "Title"
    ]);
    assert_eq!(
        query_rows(&api, "Relationship_Person", &json!({ "select": select })).await,
        [json!({ "Gsid": nested["gsid"], "Company_Person_ID": shown["gsid"],
            "Relationship_ID__gr.Name": "Asia", "Company_ID__gr.Name": "abc, Inc.",
            "Person_ID__gr.Name": "Ann Lee", "Title": "CTO" })]
    );
}

#[tokio::test]
async fn another_tenants_rows_are_never_found() {
    let (mine, other) = (TestTenant::new().await, TestTenant::new().await);
    let (ann, _) = create_people(&mine).await;
    let company = mine.create_company("theirs").await;
    let api = other.api();
    for object in ["person", "company", "relationship", "company_person", "relationship_person"] {
        let all = json!({ "select": ["Gsid"] });
        assert_eq!(query_rows(&api, object, &all).await, Vec::<Json>::new(), "{object}");
    }
    for (object, name, value) in [
        ("company", "Gsid", company.as_str()),
        ("company", "Name", "theirs"),
        ("person", "Gsid", ann.as_str()),
        ("person", "Email", "ann@abc.com"),
        ("company_person", "Person_ID", ann.as_str()),
    ] {
        let condition = json!({ "name": name, "operator": "EQ", "value": [value] });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        assert_eq!(query_rows(&api, object, &body).await, Vec::<Json>::new(), "{object} {name}");
    }
}
