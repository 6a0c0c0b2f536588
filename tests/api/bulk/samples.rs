//! Every printed answer of `PUT bulk/ingestion/people`, from a state and a request of ours that
//! yield it (contract: README#printed-answers).

use serde_json::{Value as Json, json};

use super::world::*;

fn john() -> Json {
    json!({ "Name": "John Smith", "FirstName": "John", "LastName": "Smith",
        "Email": "johnsmith@gs.com", "Location": "California, US" })
}

fn steven() -> Json {
    json!({ "Name": "Steven Ferguson", "FirstName": "Steven", "LastName": "Ferguson",
        "Email": "stevenferguson@gs.com", "Location": "California, US" })
}

fn admin() -> Json {
    json!({ "Role": "Admin", "IsPrimaryCompany": "true" })
}

fn sponsor() -> Json {
    json!({ "Role": "Executive Sponsor", "IsPrimaryCompany": "true" })
}

/// What a new Relationship Person shows beside what was sent.
fn new_relationship() -> Json {
    json!({ "Active": "true", "rp_checkbox_default__gc": "true" })
}

#[tokio::test]
async fn success_1503() {
    let world = World::new().await;
    let World { first, admin: relationship, .. } = &world;
    let company = json!({ "Company_ID": first, "IsPrimaryCompany": "true" });
    let held = json!({ "companies": [company] });
    let before = json!({ "records": [with([john(), held.clone()]), with([steven(), held])] });
    assert_eq!(world.bulk(&before).await.body["data"]["successCount"], 2);

    let id = json!({ "Relationship_ID": relationship });
    let twice = json!([with([admin(), id.clone()]), with([admin(), id.clone()])]);
    let once = json!([with([sponsor(), id.clone()])]);
    let under = |list: &Json| json!({ "companies": [with([company.clone(), json!({ "relationships": list })])] });
    let sent =
        json!({ "records": [with([john(), under(&twice)]), with([steven(), under(&once)])] });
    let reply = world.bulk(&sent).await;

    let mut rows = Vec::new();
    for (number, person, relationship) in [(1, john(), admin()), (2, steven(), sponsor())] {
        let ids = world.ids(person["Email"].as_str().unwrap()).await;
        let keys = json!({ "Company_ID": first, "Person_ID": ids.person() });
        let nested = with([
            relationship,
            new_relationship(),
            id.clone(),
            keys.clone(),
            json!({
            "Gsid": ids.relationship(first, &world.admin), "Company_Person_ID": ids.company(first) }),
        ]);
        let company = with([
            company.clone(),
            keys,
            json!({
            "Gsid": ids.company(first), "relationships": [nested] }),
        ]);
        let record = with([person, json!({ "Gsid": ids.person(), "companies": [company] })]);
        rows.push(row(number, "SUCCESS", record, &[]));
    }
    assert_eq!(reply.body["data"], data(2, 0, 0, &rows));
    assert_eq!((reply.status.as_u16(), &reply.body["result"]), (200, &json!(true)));
}

#[tokio::test]
async fn partial_1573() {
    let world = World::new().await;
    let World { first, admin: relationship, .. } = &world;
    let id = json!({ "Relationship_ID": relationship });
    let company = json!({ "Company_ID": first, "IsPrimaryCompany": "true" });
    let nested = |list: Json| with([company.clone(), json!({ "relationships": list })]);
    let before = json!({ "records": [
        with([john(), json!({ "companies": [nested(json!([with([admin(), id.clone()])]))] })]),
        with([steven(), json!({ "companies": [company.clone()] })]),
    ] });
    assert_eq!(world.bulk(&before).await.body["data"]["successCount"], 2);

    let reply = world.bulk(&json!({ "records": [
        with([john(), json!({ "companies": [nested(json!([with([admin(), id.clone()]), admin()]))] })]),
        with([steven(), json!({ "companies": [nested(json!([])), nested(json!([sponsor()]))] })]),
    ] })).await;

    let (one, two) =
        (world.ids("johnsmith@gs.com").await, world.ids("stevenferguson@gs.com").await);
    let keys = |ids: &Ids| json!({ "Company_ID": first, "Person_ID": ids.person() });
    let shown = |ids: &Ids, nested: Json| {
        with([
            company.clone(),
            keys(ids),
            json!({
        "Gsid": ids.company(first), "relationships": nested }),
        ])
    };
    let incomplete = |ids: &Ids, sent: Json| {
        with([
            sent,
            new_relationship(),
            keys(ids),
            json!({
        "Company_Person_ID": ids.company(first) }),
        ])
    };
    let kept = with([
        admin(),
        id,
        keys(&one),
        json!({ "Company_Person_ID": one.company(first),
        "Gsid": one.relationship(first, relationship) }),
    ]);
    let record_one = with([
        john(),
        json!({ "Gsid": one.person(),
        "companies": [shown(&one, json!([kept, incomplete(&one, admin())]))] }),
    ]);
    let record_two = with([
        steven(),
        json!({ "Gsid": two.person(), "companies": [
        shown(&two, json!([])), shown(&two, json!([incomplete(&two, sponsor())]))] }),
    ]);
    let missing = |ids: &Ids| key(RELATIONSHIP_KEY, keys(ids), RELATIONSHIP_KEY);
    assert_eq!(
        reply.body["data"],
        data(
            0,
            0,
            2,
            &[
                row(1, "PARTIAL_SUCCESS", record_one, &[missing(&one)]),
                row(2, "PARTIAL_SUCCESS", record_two, &[missing(&two)]),
            ]
        )
    );
}

#[tokio::test]
async fn failure_1708() {
    let world = World::new().await;
    let World { first, second, admin: relationship, .. } = &world;
    let id = json!({ "Relationship_ID": relationship });
    let company = |id: &str, list: Json| {
        json!({ "Company_ID": id, "IsPrimaryCompany": "true",
        "relationships": list })
    };
    let (john, steven) = (
        with([john(), json!({ "Email": "johnsmith@" })]),
        with([steven(), json!({ "Email": "stevenferguson@" })]),
    );
    let reply = world.bulk(&json!({ "records": [
        with([john.clone(), json!({ "companies": [company(first, json!([with([admin(), id.clone()]), admin()]))] })]),
        with([steven.clone(), json!({ "companies": [company(first, json!([])), company(second, json!([sponsor()]))] })]),
    ] })).await;

    let email = |sent: &str| {
        json!({ "fieldName": "Email", "values": { "Email": sent },
        "errors": [{ "message": "Invalid email value", "code": "GSOBJ_VDTEMAIL1001" }] })
    };
    let known = |id: &str| json!({ "Company_ID": id });
    let at = |company: &str| key(COMPANY_KEY, known(company), "Person_ID");
    let under = |known: Json| key(RELATIONSHIP_KEY, known, "Person_ID");
    let details_one = [
        email("johnsmith@"),
        at(first),
        under(with([known(first), id.clone()])),
        under(known(first)),
    ];
    let details_two = [
        email("stevenferguson@"),
        at(first),
        again(&format!("{{Company_ID={first}, Person_ID=null}}")),
        at(second),
        under(known(second)),
    ];
    let refused = |sent: Json, company: &str| with([sent, new_relationship(), known(company)]);
    let active = json!({ "Active": "true", "cp_checkbox_default__gc": "true" });
    let defaults =
        json!({ "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" });
    let nested = json!([refused(with([admin(), id]), first), refused(admin(), first)]);
    let record_one = with([
        john,
        defaults.clone(),
        json!({ "companies": [
        with([company(first, nested), active.clone()])] }),
    ]);
    let record_two = with([
        steven,
        defaults,
        json!({ "companies": [
        with([company(first, json!([])), active.clone()]),
        with([company(second, json!([refused(sponsor(), second)])), active]) ] }),
    ]);
    assert_eq!(
        reply.body["data"],
        data(
            0,
            2,
            0,
            &[
                row(1, "FAILURE", record_one, &details_one),
                row(2, "FAILURE", record_two, &details_two),
            ]
        )
    );
    assert_eq!((reply.status.as_u16(), &reply.body["result"]), (200, &json!(true)));
    assert!(world.test.read_items().await.is_empty());
}

/// The article's lookups, for all records.
fn lookups() -> Json {
    let by_name = |source: &str, object: &str| {
        json!({ "objectName": object, "onNoMatch": "ERROR",
        "multiMatchOption": "FIRSTMATCH", "fields": { source: "Name" }, "lookupField": "Gsid" })
    };
    json!({ "lookups": {
        "relationships": { "Relationship_ID": by_name("RelationshipName", "relationship") },
        "companies": { "Company_ID": by_name("CompanyName", "company") },
    } })
}

#[tokio::test]
async fn lookup_success_2004() {
    let world = World::multi_currency().await;
    let World { first, admin: relationship, .. } = &world;
    let jane = json!({ "Email": "janedoe@gmail.com", "FirstName": "Jane", "LastName": "Doe", "Name": "Jane Doe" });
    let primary = json!({ "IsPrimaryCompany": "True" });
    let records = json!({ "records": [with([jane.clone(), json!({ "companies": [with([primary.clone(), json!({
        "relationships": [with([primary.clone(), json!({ "RelationshipName": "Relationship1" })])],
        "CompanyName": "Broadcom" })])] })])] });
    let reply = world.bulk(&with([lookups(), records])).await;

    let ids = world.ids("janedoe@gmail.com").await;
    let shared = with([
        primary,
        json!({ "Active": "true", "CurrencyIsoCode": "USD",
        "Company_ID": first, "Person_ID": ids.person() }),
    ]);
    let nested = with([
        shared.clone(),
        json!({ "Gsid": ids.relationship(first, relationship),
        "Company_Person_ID": ids.company(first), "Relationship_ID": relationship }),
    ]);
    let company = with([shared, json!({ "Gsid": ids.company(first), "relationships": [nested] })]);
    let record = with([
        jane,
        json!({ "EmailOptOut": "false", "CurrencyIsoCode": "USD",
        "Gsid": ids.person(), "companies": [company] }),
    ]);
    assert_eq!(reply.body["data"], data(1, 0, 0, &[row(1, "SUCCESS", record, &[])]));
}

#[tokio::test]
async fn lookup_failure_2045() {
    let world = World::new().await;
    let World { first, admin: relationship, .. } = &world;
    let primary = json!({ "IsPrimaryCompany": "true" });
    let before = json!({ "records": [john(), with([steven(), json!({ "companies": [
        with([primary.clone(), json!({ "Company_ID": first })])] })])] });
    assert_eq!(world.bulk(&before).await.body["data"]["successCount"], 2);

    let company = |name: &str, nested: Json| {
        with([
            primary.clone(),
            json!({ "CompanyName": name,
        "relationships": [nested] }),
        ])
    };
    let records = json!({ "records": [
        with([john(), json!({ "companies": [company("Nowhere",
            with([admin(), json!({ "RelationshipName": "Relationship1" })]))] })]),
        with([steven(), json!({ "companies": [company("Broadcom",
            with([sponsor(), json!({ "RelationshipName": "Nothing" })]))] })]),
    ] });
    let reply = world.bulk(&with([lookups(), records])).await;

    let (one, two) =
        (world.ids("johnsmith@gs.com").await, world.ids("stevenferguson@gs.com").await);
    let lost = json!({ "Company_ID": marker("Company_ID"), "Person_ID": one.person() });
    let nested = with([
        admin(),
        new_relationship(),
        lost.clone(),
        json!({ "Relationship_ID": relationship }),
    ]);
    let company = with([
        primary.clone(),
        lost,
        json!({ "Active": "true",
        "cp_checkbox_default__gc": "true", "relationships": [nested] }),
    ]);
    let record_one = with([john(), json!({ "Gsid": one.person(), "companies": [company] })]);
    let keys = json!({ "Company_ID": first, "Person_ID": two.person() });
    let nested = with([
        sponsor(),
        new_relationship(),
        keys.clone(),
        json!({
        "Company_Person_ID": two.company(first), "Relationship_ID": marker("Relationship_ID") }),
    ]);
    let company =
        with([primary, keys, json!({ "Gsid": two.company(first), "relationships": [nested] })]);
    let record_two = with([steven(), json!({ "Gsid": two.person(), "companies": [company] })]);
    assert_eq!(
        reply.body["data"],
        data(
            0,
            0,
            2,
            &[
                row(
                    1,
                    "PARTIAL_SUCCESS",
                    record_one,
                    &[unresolved("Company_ID", "Nowhere"), unresolved("Company_ID", "Nowhere")]
                ),
                row(2, "PARTIAL_SUCCESS", record_two, &[unresolved("Relationship_ID", "Nothing")]),
            ]
        )
    );
}
