//! Steps of a tenant, with the check that it is answered as if it were the only tenant.

use std::collections::BTreeSet;

use people_domain::ids::gsid::GsidKind;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::tenant_model::{Person, Record, TenantModel, email, name};

const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";

/// A call of a tenant. Numbers select from few names, so that names collide.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Email, value.
    Upsert(u8, u8),
    /// Email of a person that is addressed by its GSID, value.
    ByGsid(u8, u8),
    /// Email of a person, name of a company.
    Associate(u8, u8),
    /// Email of a person, its new email.
    Move(u8, u8),
    /// Email.
    Get(u8),
    /// Object, name.
    Insert(&'static str, u8),
    /// Object, name, value.
    Update(&'static str, u8, u8),
    /// Object.
    Query(&'static str),
    /// Object, name.
    Delete(&'static str, u8),
    Describe,
    /// Tries to access all data of the other tenant by its ids.
    AccessOtherTenant,
}

/// Runs a step and checks the response.
pub(super) async fn run_step(tenant: &mut TenantModel, other: &TenantModel, step: &Step) {
    match step {
        Step::Upsert(who, value) => upsert_person(tenant, other, &email(*who), *value, false).await,
        Step::ByGsid(who, value) => upsert_person(tenant, other, &email(*who), *value, true).await,
        Step::Associate(who, company) => {
            associate_company(tenant, other, &email(*who), *company).await
        }
        Step::Move(who, to) => move_person(tenant, other, &email(*who), &email(*to)).await,
        Step::Get(who) => get_person(tenant, other, &email(*who)).await,
        Step::Insert(object, n) => insert_record(tenant, other, object, &name(*n)).await,
        Step::Update(object, n, value) => {
            update_records(tenant, other, object, &name(*n), *value).await
        }
        Step::Query(object) => query_object(tenant, other, object).await,
        Step::Delete(object, n) => delete_record(tenant, other, object, &name(*n)).await,
        Step::Describe => describe_objects(tenant, other).await,
        Step::AccessOtherTenant => access_other_tenant(tenant, other).await,
    }
}

async fn upsert_person(
    tenant: &mut TenantModel,
    other: &TenantModel,
    email: &str,
    value: u8,
    by_gsid: bool,
) {
    let first = format!("{}{value}", tenant.marker);
    let known = tenant.people.get(email).cloned();
    let body = match &known {
        Some(person) if by_gsid => json!({ "Gsid": person.gsid, "FirstName": first }),
        _ => json!({ "Email": email, "FirstName": first }),
    };
    let gsid = tenant.check_own(tenant.api.upsert_person(&body).await, other).gsid();
    let held = tenant.people.values().any(|person| person.gsid == gsid);
    assert_eq!(known.as_ref().map(|person| &person.gsid), held.then_some(&gsid), "{email}");
    let companies = known.map(|person| person.companies).unwrap_or_default();
    tenant.people.insert(email.to_owned(), Person { gsid, first, companies });
}

/// Associates a person with the company of this name, found by a lookup.
async fn associate_company(
    tenant: &mut TenantModel,
    other: &TenantModel,
    email: &str,
    company: u8,
) {
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    let companies = json!([{ "N": name(company), "Role": "Admin" }]);
    let body = json!({ "Email": email, "companies": companies, "lookups": lookups });
    let reply = tenant.check_own(tenant.api.upsert_person(&body).await, other);
    let Some(found) =
        tenant.records_named("company", &name(company)).first().map(|found| found.gsid.clone())
    else {
        let code = &reply.body["data"]["errors"][0]["errorCode"];
        assert_eq!(code, "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED", "{}", reply.body);
        return;
    };
    let new = Person { gsid: reply.gsid(), first: String::new(), companies: BTreeSet::new() };
    let person = tenant.people.entry(email.to_owned()).or_insert(new);
    assert_eq!(person.gsid, reply.gsid());
    person.companies.insert(found);
}

async fn move_person(tenant: &mut TenantModel, other: &TenantModel, from: &str, to: &str) {
    let Some(person) = tenant.people.get(from).cloned() else { return };
    let body = json!({ "Gsid": person.gsid, "Email": to });
    let reply = tenant.check_own(tenant.api.upsert_person(&body).await, other);
    if from != to && tenant.people.contains_key(to) {
        let code = &reply.body["data"]["errors"][0]["errorCode"];
        assert_eq!(code, "GSOBJ_VCUSTOM1007", "{}", reply.body);
        return;
    }
    assert_eq!(reply.gsid(), person.gsid);
    tenant.people.remove(from);
    tenant.people.insert(to.to_owned(), person);
}

async fn get_person(tenant: &TenantModel, other: &TenantModel, email: &str) {
    let by_email = tenant.check_own(tenant.api.get_person(email).await, other);
    let Some(person) = tenant.people.get(email) else {
        assert_eq!(by_email.body["errorCode"], "GSOBJ_PEOPLE1001", "{email}");
        return;
    };
    let by_gsid =
        tenant.check_own(tenant.api.get(&format!("{PEOPLE}/{}", person.gsid)).await, other);
    assert_eq!(by_email.body["data"], by_gsid.body["data"]);
    let shown = &by_email.body["data"];
    let plan = tenant.test.tenant.ids.dropdown_item_gsid("plans", tenant.marker);
    assert_eq!(
        (&shown["email"], &shown["gsid"], shown["firstname"].as_str().unwrap_or_default()),
        (&json!(email), &json!(person.gsid), person.first.as_str())
    );
    assert_eq!(shown["plan__gc"], plan, "the tenant's own default");
    let ids = shown["companies"].as_array().unwrap().iter();
    let ids: BTreeSet<_> =
        ids.map(|company| company["company_id"]["Id"].as_str().unwrap().to_owned()).collect();
    // A process may return a deleted company while it is cached.
    assert!(ids.is_subset(&person.companies), "{ids:?} {person:?}");
    let lost = person.companies.difference(&ids).find(|gsid| tenant.is_there(gsid));
    assert_eq!(lost, None, "{email}");
}

async fn insert_record(
    tenant: &mut TenantModel,
    other: &TenantModel,
    object: &'static str,
    name: &str,
) {
    let body = json!({ "records": [{ "Name": name }] });
    let reply = tenant
        .check_own(tenant.api.post(&format!("/v1/data/objects/{object}"), &body).await, other);
    let gsid = reply.body["data"]["records"][0]["Gsid"].as_str();
    let gsid = gsid.unwrap_or_else(|| panic!("not made: {}", reply.body)).to_owned();
    assert!(!tenant.is_there(&gsid));
    let record = Record { gsid, name: name.to_owned(), stage: None };
    tenant.records.entry(object).or_default().push(record);
}

async fn update_records(
    tenant: &mut TenantModel,
    other: &TenantModel,
    object: &'static str,
    name: &str,
    value: u8,
) {
    let stage = format!("{}{value}", tenant.marker);
    let body = json!({ "records": [{ "Name": name, "Stage": stage }] });
    let path = format!("/v1/data/objects/{object}?keys=Name");
    let reply = tenant.check_own(tenant.api.put(&path, &body).await, other);
    match tenant.records_named(object, name).first() {
        None => assert_eq!(reply.body["errorCode"], "GSOBJ_1011", "{}", reply.body),
        Some(first) => assert_eq!(reply.body["data"]["records"][0]["Gsid"], first.gsid),
    }
    let all = tenant.records.entry(object).or_default().iter_mut();
    all.filter(|record| record.name == name).for_each(|record| record.stage = Some(stage.clone()));
}

/// Queries all records of an object, or all people.
async fn query_object(tenant: &TenantModel, other: &TenantModel, object: &'static str) {
    let path = format!("/v1/data/objects/query/{object}");
    let select = if object == "person" { ["Gsid", "Email"] } else { ["Gsid", "Stage"] };
    let reply = tenant.check_own(tenant.api.post(&path, &json!({ "select": select })).await, other);
    let mut expected: Vec<_> = match object {
        "person" => tenant
            .people
            .iter()
            .map(|(email, person)| json!({ "Gsid": person.gsid, "Email": email }))
            .collect(),
        _ => tenant
            .records
            .get(object)
            .into_iter()
            .flatten()
            .map(|record| json!({ "Gsid": record.gsid, "Stage": record.stage }))
            .collect(),
    };
    expected.sort_by_key(|row| row["Gsid"].as_str().unwrap_or_default().to_owned());
    assert_eq!(reply.body["data"]["records"], Json::Array(expected), "{object}");
}

async fn delete_record(
    tenant: &mut TenantModel,
    other: &TenantModel,
    object: &'static str,
    name: &str,
) {
    let Some(gsid) = tenant.records_named(object, name).first().map(|first| first.gsid.clone())
    else {
        return;
    };
    let request = tenant.api.request(Method::DELETE, &format!("/v1/data/objects/{object}/{gsid}"));
    let reply = tenant.check_own(tenant.api.send(request).await, other);
    assert_eq!(reply.body["data"]["records"], json!([{ "Gsid": gsid }]), "{}", reply.body);
    tenant.records.entry(object).or_default().retain(|record| record.gsid != gsid);
}

async fn describe_objects(tenant: &TenantModel, other: &TenantModel) {
    let path = "/v1/meta/services/objects";
    let list = tenant.check_own(tenant.api.get(&format!("{path}/list")).await, other);
    assert!(list.body.to_string().contains(tenant.marker), "the object's label: {}", list.body);
    tenant.check_own(tenant.api.get(&format!("{path}/person/describe")).await, other);
    let plans = tenant.check_own(tenant.api.get("/v1/meta/services/dropdowns/plans").await, other);
    assert!(plans.body.to_string().contains(tenant.marker), "{}", plans.body);
}

/// Checks that the other tenant's ids are unknown to this tenant. A later step checks that the
/// other's data is unchanged.
async fn access_other_tenant(tenant: &TenantModel, other: &TenantModel) {
    for (email, person) in &other.people {
        let path = format!("{PEOPLE}/{}", person.gsid);
        let got = tenant.check_own(tenant.api.get(&path).await, other);
        assert_eq!(got.body["errorCode"], "GSOBJ_PEOPLE1001", "{email}");
        let reply =
            tenant.api.upsert_person(&json!({ "Gsid": person.gsid, "FirstName": "X" })).await;
        assert_eq!(reply.body["data"]["errors"][0]["errorCode"], "GSOBJ_PEOPLE1001", "{email}");
    }
    for (object, record) in other
        .records
        .iter()
        .flat_map(|(object, records)| records.iter().map(move |record| (object, record)))
    {
        let path = format!("/v1/data/objects/{object}");
        let delete = tenant.api.request(Method::DELETE, &format!("{path}/{}", record.gsid));
        let body = json!({ "records": [{ "Gsid": record.gsid, "Stage": "X" }] });
        for reply in [
            tenant.api.send(delete).await,
            tenant.api.put(&format!("{path}?keys=Gsid"), &body).await,
        ] {
            assert_eq!(reply.body["errorCode"], "GSOBJ_1011", "{object}: {}", reply.body);
        }
        let associated =
            json!({ "Email": "x@abc.com", "companies": [{ "Company_ID": record.gsid }] });
        let reply = tenant.api.upsert_person(&associated).await;
        assert_eq!(reply.body["data"]["errors"][0]["errorCode"], "GSOBJ_PEOPLE1001");
        let filter = json!([{ "name": "Gsid", "operator": "EQ", "value": [record.gsid] }]);
        let body = json!({ "select": ["Gsid"], "where": { "conditions": filter } });
        let path = format!("/v1/data/objects/query/{object}");
        let rows = tenant.check_own(tenant.api.post(&path, &body).await, other);
        assert_eq!(rows.body["data"]["records"], json!([]));
    }
    let item = other.test.tenant.ids.dropdown_item_gsid("plans", other.marker);
    assert!(item.starts_with(&other.test.tenant.ids.object_key(GsidKind::Dropdown)));
    let reply = tenant.api.upsert_person(&json!({ "Email": "x@abc.com", "Plan__gc": item })).await;
    assert_eq!(reply.body["data"]["errors"][0]["errorCode"], "GSOBJ_VDTPKLST1002");
}
