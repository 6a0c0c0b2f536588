//! Removing an association of a person (contract: objects#delete-of-an-association).

use people_testkit::TestTenant;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::query::query_rows;

/// A tenant with a person at two companies, with a relationship under each, the first company being
/// the primary one.
struct PersonAtTwo {
    test: TestTenant,
    gsid: String,
    companies: [String; 2],
    relationships: [String; 2],
}

impl PersonAtTwo {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let companies = [test.create_company("one").await, test.create_company("two").await];
        let relationships = [
            test.create_relationship("first", &companies[0]).await,
            test.create_relationship("second", &companies[1]).await,
        ];
        let at = |n: usize| {
            json!({ "Company_ID": companies[n], "Title": format!("t{n}"), "IsPrimaryCompany": n == 0,
                "relationships": [{ "Relationship_ID": relationships[n], "Role": "Admin" }] })
        };
        let person =
            json!({ "Email": "a@abc.com", "FirstName": "Ann", "companies": [at(0), at(1)] });
        let gsid = test.api().upsert_person(&person).await.gsid();
        Self { test, gsid, companies, relationships }
    }

    async fn delete(&self, object: &str, gsid: &str) -> (u16, Json) {
        delete(&self.test, object, gsid, &self.gsid).await
    }

    /// The companies that GET shows.
    async fn companies(&self) -> Vec<Json> {
        let path = format!("/v1/peoplemgmt/v1.0/people/{}", self.gsid);
        let data = self.test.api().get(&path).await.body["data"].clone();
        data["companies"].as_array().unwrap_or_else(|| panic!("{data}")).clone()
    }

    /// The association with a company as GET shows it.
    async fn shown_company(&self, company: &str) -> Json {
        let shown = self.companies().await;
        let shown = shown.into_iter().find(|shown| shown["company_id"]["Id"] == company);
        shown.expect("the company is shown")
    }

    /// How many rows the queries of both objects have.
    async fn count_rows(&self) -> [usize; 2] {
        let (api, select) = (self.test.api(), json!({ "select": ["Gsid"] }));
        let company_people = query_rows(&api, "company_person", &select).await.len();
        [company_people, query_rows(&api, "relationship_person", &select).await.len()]
    }
}

async fn delete(test: &TestTenant, object: &str, gsid: &str, person: &str) -> (u16, Json) {
    let path = format!("/v1/data/objects/{object}/{gsid}?Person_ID={person}");
    let api = test.api();
    let reply = api.send(api.request(Method::DELETE, &path)).await;
    (reply.status.as_u16(), reply.body)
}

fn gsid_of(shown: &Json) -> &str {
    shown["gsid"].as_str().expect("a GSID")
}

#[tokio::test]
async fn a_company_person_goes_with_its_relationships_and_nothing_else() {
    let person = PersonAtTwo::new().await;
    let [gone, kept] = &person.companies;
    let (gone, kept) = (person.shown_company(gone).await, person.shown_company(kept).await);
    let (status, body) = person.delete("Company_Person", gsid_of(&gone)).await;
    let records = json!({ "count": 1, "errors": null, "records": [{ "Gsid": gone["gsid"] }] });
    assert_eq!((status, &body["result"], &body["data"]), (200, &json!(true), &records));
    assert_eq!(person.companies().await, std::slice::from_ref(&kept));
    assert_eq!(person.count_rows().await, [1, 1]);
    let stored = person.test.read_items().await;
    let names: Vec<_> = stored[0].keys().filter(|name| name.contains('|')).collect();
    let part = |gsid: &str| gsid[18..].to_owned();
    assert!(names.iter().all(|name| !name.contains(&part(&person.companies[0]))), "{names:?}");
    assert!(names.iter().all(|name| !name.contains(&part(&person.relationships[0]))), "{names:?}");
    assert!(!stored[0].contains_key("p"), "no company is the primary one");
    // A second time it is unknown, and so is its relationship.
    for (object, gsid) in [
        ("company_person", gsid_of(&gone)),
        ("relationship_person", gsid_of(&gone["relationships"][0])),
    ] {
        let (status, body) = person.delete(object, gsid).await;
        assert_eq!((status, &body["errorCode"]), (400, &json!("GSOBJ_1011")), "{object}");
        assert_eq!(body["data"], Json::Null);
    }
    assert_eq!(person.companies().await, [kept]);
}

#[tokio::test]
async fn a_relationship_person_goes_alone() {
    let person = PersonAtTwo::new().await;
    let shown = person.shown_company(&person.companies[0]).await;
    let gsid = gsid_of(&shown["relationships"][0]).to_owned();
    // It is no row of the other object.
    let (_, body) = person.delete("company_person", &gsid).await;
    assert_eq!(body["errorCode"], "GSOBJ_1011");
    assert_eq!(person.delete("relationship_person", &gsid).await.0, 200);
    assert_eq!(person.shown_company(&person.companies[0]).await["relationships"], json!([]));
    assert_eq!(person.count_rows().await, [2, 1]);
    let stored = person.test.read_items().await;
    let primary = stored[0]["p"].as_str().unwrap();
    assert!(primary.ends_with(&person.companies[0][18..]), "the primary company stays: {primary}");
}

#[tokio::test]
async fn what_is_removed_can_be_made_again_as_a_new_one() {
    let person = PersonAtTwo::new().await;
    let company = &person.companies[0];
    let before = person.shown_company(company).await;
    assert_eq!(person.delete("company_person", gsid_of(&before)).await.0, 200);
    let again = json!({ "Gsid": person.gsid, "companies": [{ "Company_ID": company }] });
    person.test.api().upsert_person(&again).await.gsid();
    let after = person.shown_company(company).await;
    assert_eq!(after["gsid"], before["gsid"]);
    assert_ne!(after["createddate"], before["createddate"]);
    assert_eq!((&after["title"], &after["relationships"]), (&Json::Null, &json!([])));
    assert_eq!(after["isprimarycompany"], Json::Null);
}

/// A company that only the record of a relationship names is shown, though nothing of it is stored.
#[tokio::test]
async fn an_implied_company_goes_by_its_relationships() {
    let person = PersonAtTwo::new().await;
    let api = person.test.api();
    let third = person.test.create_company("three").await;
    let moved = json!({ "records": [{ "Gsid": person.relationships[0], "Company_ID": third }] });
    let reply = api.put("/v1/data/objects/relationship?keys=Gsid", &moved).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    let implied = person.shown_company(&third).await;
    assert_eq!(implied["relationships"].as_array().unwrap().len(), 1);
    assert_eq!(person.count_rows().await, [3, 2]);
    assert_eq!(person.delete("company_person", gsid_of(&implied)).await.0, 200);
    assert_eq!(person.count_rows().await, [2, 1]);
    // The company under which the relationship was before has lost it by the move.
    assert_eq!(person.shown_company(&person.companies[0]).await["relationships"], json!([]));
}

/// A relationship that was nested under a company that is not its own goes with that one.
#[tokio::test]
async fn a_relationship_goes_with_the_company_it_is_nested_under() {
    let person = PersonAtTwo::new().await;
    let [first, second] = &person.companies;
    let nested = json!({ "Gsid": person.gsid, "companies": [
        { "Company_ID": second, "relationships": [{ "Relationship_ID": person.relationships[0] }] }] });
    person.test.api().upsert_person(&nested).await.gsid();
    assert_eq!(person.count_rows().await, [2, 3]);
    let shown = person.shown_company(second).await;
    assert_eq!(person.delete("company_person", gsid_of(&shown)).await.0, 200);
    assert_eq!(person.count_rows().await, [1, 1]);
    let left = person.shown_company(first).await;
    assert_eq!(left["relationships"][0]["relationship_id"]["Id"], person.relationships[0]);
}

#[tokio::test]
async fn a_person_that_has_moved_is_found_by_its_gsid() {
    let person = PersonAtTwo::new().await;
    let api = person.test.api();
    api.upsert_person(&json!({ "Gsid": person.gsid, "Email": "b@abc.com" })).await.gsid();
    let shown = person.shown_company(&person.companies[0]).await;
    assert_eq!(person.delete("company_person", gsid_of(&shown)).await.0, 200);
    assert_eq!(person.companies().await.len(), 1);
    let data = api.get_person("b@abc.com").await.body["data"].clone();
    assert_eq!((&data["gsid"], &data["firstname"]), (&json!(person.gsid), &json!("Ann")));
}

#[tokio::test]
async fn only_the_persons_own_associations_are_found() {
    let (person, other) = (PersonAtTwo::new().await, PersonAtTwo::new().await);
    let api = person.test.api();
    let at = json!([{ "Company_ID": person.companies[0] }]);
    let colleague = json!({ "Email": "c@abc.com", "companies": at });
    let colleague = api.upsert_person(&colleague).await.gsid();
    let shown = person.shown_company(&person.companies[0]).await;
    let gsid = gsid_of(&shown);
    let unknown = &person.gsid.to_lowercase();
    for (test, person) in [
        (&person.test, &colleague),
        (&person.test, unknown),
        (&person.test, &person.companies[0]),
        (&other.test, &person.gsid),
        (&other.test, &other.gsid),
    ] {
        let (status, body) = delete(test, "company_person", gsid, person).await;
        assert_eq!((status, &body["errorCode"]), (400, &json!("GSOBJ_1011")));
    }
    // An association whose company was deleted is not shown, and so is unknown.
    let request =
        api.request(Method::DELETE, &format!("/v1/data/objects/company/{}", person.companies[0]));
    assert_eq!(api.send(request).await.status.as_u16(), 200);
    assert_eq!(person.delete("company_person", gsid).await.1["errorCode"], "GSOBJ_1011");
    person.test.erase_person(&colleague).await;
    let (_, body) = delete(&person.test, "company_person", gsid, &colleague).await;
    assert_eq!(body["errorCode"], "GSOBJ_1011");
    assert_eq!((other.count_rows().await, person.count_rows().await), ([2, 2], [1, 1]));
}

#[tokio::test]
async fn the_person_has_to_be_named() {
    let person = PersonAtTwo::new().await;
    let api = person.test.api();
    let shown = person.shown_company(&person.companies[0]).await;
    let gsid = gsid_of(&shown);
    for (gsid, query, code, text) in [
        (gsid, "", "GSOBJ_1007", "Invalid field value (Person_ID = null)"),
        (gsid, "?Person_ID=", "GSOBJ_1007", "Invalid field value (Person_ID = null)"),
        (gsid, "?Person_ID=1P04", "GSOBJ_1004", "Invalid field value (Person_ID = 1P04)"),
        ("1C01", "?Person_ID=1P04", "GSOBJ_1004", "Invalid field value (Gsid = 1C01)"),
    ] {
        let path = format!("/v1/data/objects/company_person/{gsid}{query}");
        let reply = api.send(api.request(Method::DELETE, &path)).await;
        assert_eq!(reply.status.as_u16(), 400, "{query}");
        assert_eq!(
            (&reply.body["errorCode"], &reply.body["errorDesc"]),
            (&json!(code), &json!(text))
        );
        assert_eq!(reply.body["data"]["errors"][0][0]["errors"][0]["errorCode"], code);
    }
    // Names of parameters ignore case.
    let path = format!("/v1/data/objects/company_person/{gsid}?person_id={}", person.gsid);
    assert_eq!(api.send(api.request(Method::DELETE, &path)).await.status.as_u16(), 200);
}

/// Its relationships have more attributes than one expression can name.
#[tokio::test]
async fn a_company_person_with_many_relationships_goes_as_well() {
    let person = PersonAtTwo::new().await;
    let store = person.test.uncached_store();
    let record = |n: usize| json!({ "Name": format!("r{n}"), "Company_ID": person.companies[0] });
    let mut relationships = Vec::new();
    for batch in 0..3 {
        let records: Vec<_> = (0..50).map(|n| record(batch * 50 + n)).collect();
        let made = store.insert_objects("relationship", &records, &[]).await.unwrap().unwrap();
        relationships.extend(made.into_iter().map(
            |made| json!({ "Relationship_ID": made.gsid, "Title": "t", "Role": "Admin", "Active": true }),
        ));
    }
    let many = json!({ "Gsid": person.gsid, "companies": [
        { "Company_ID": person.companies[0], "relationships": relationships }] });
    person.test.api().upsert_person(&many).await.gsid();
    let shown = person.shown_company(&person.companies[0]).await;
    assert_eq!(shown["relationships"].as_array().unwrap().len(), 151);
    assert_eq!(person.delete("company_person", gsid_of(&shown)).await.0, 200);
    assert_eq!(person.count_rows().await, [1, 1]);
}
