//! A tenant with everything that an export has to carry.

use people_domain::identity::{IdentityKind, IdentityWrite, SentEmail, WriteMode};
use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_domain::px::parse_new_account;
use people_testkit::{TestTenant, external_id};
use serde_json::{Value as Json, json};

use crate::command::{run_people, write_file};

/// Companies and people of the tenant.
pub(crate) const COMPANIES: usize = 6;
pub(crate) const PEOPLE: usize = 120;

const SCHEMA: &str = "
objects:
  asset:
    fields:
      Serial: { type: STRING }
      Owner: { type: GSID, lookup: person }
      Maker: { type: GSID, lookup: company }
      Spare: { type: GSID, lookup: asset }
  person:
    fields:
      Plan__gc: { type: STRING, default: basic }
      Assistant__gc: { type: GSID, lookup: person }
      Asset__gc: { type: GSID, lookup: asset }
      Tags__gc: { type: MULTISELECTDROPDOWNLIST, dropdown: tags }
      Seen__gc: { type: DATETIME }
      Score__gc: { type: NUMBER }
dropdowns:
  tags: { closed: false }
";

/// Gives a tenant the schema.
pub(crate) fn apply_schema(tenant: &str) {
    let path = write_file(&format!("{tenant}.yaml"), SCHEMA);
    run_people(&format!("schema apply {tenant} {} --yes", path.display())).assert_success();
}

async fn upsert(test: &TestTenant, person: Json) -> String {
    let written = test.cached_store().ingest_record(&person, &Lookups::default()).await;
    written.unwrap().unwrap().person.gsid.clone()
}

async fn insert(test: &TestTenant, object: &str, record: Json) -> String {
    let made = test.cached_store().insert_objects(object, &[record], &[]).await.unwrap();
    made.unwrap().remove(0).gsid
}

/// A tenant with records that refer to one another, people in all kinds of associations, cleared
/// values, and people that moved.
pub(crate) async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    apply_schema(&test.tenant.id);
    let (mut companies, mut relationships) = (Vec::new(), Vec::new());
    for n in 0..COMPANIES {
        let parent = companies.last().cloned().unwrap_or_default();
        let company = json!({ "Name": format!("company {n}"), "ParentCompany": parent,
            "Stage": null, "ARR": n * 1_000, "RenewalDate": "2026-05-01", "CompanyType": "Customer" });
        companies.push(insert(&test, "company", company).await);
    }
    for (n, company) in companies.iter().enumerate() {
        let record = json!({ "Name": format!("relationship {n}"), "Company_ID": company });
        relationships.push(insert(&test, "relationship", record).await);
    }
    let asset = insert(&test, "asset", json!({ "Serial": "1", "Maker": companies[0] })).await;
    let other = json!({ "Serial": "2", "Maker": companies[1], "Spare": asset });
    let other = insert(&test, "asset", other).await;
    let boss = upsert(&test, json!({ "Email": "boss@abc.com", "Name": "The Boss" })).await;
    let update = [json!({ "Serial": "1", "Owner": boss, "Spare": other })];
    let keys = ["Serial".to_owned()];
    test.cached_store().update_objects("asset", &keys, &update, &[]).await.unwrap().unwrap();
    for n in 0..PEOPLE - 1 {
        let (first, second) = (n % COMPANIES, (n + 1) % COMPANIES);
        let nested = json!({ "Relationship_ID": relationships[first], "Role": "User",
            "Relationship_Type_ID": if n % 9 == 0 { Json::Null } else { "1I00V4ALRX6A6ZOEQ0FNJ3CXSRAVFFWJCCCA".into() } });
        let elsewhere = json!({ "Relationship_ID": relationships[second], "Title": "Guest" });
        let person = json!({
            "Email": format!("Person.{n}@abc.com"), "FirstName": format!("F{n}"), "LastName": "L",
            "Name": if n % 7 == 0 { json!("N") } else { Json::Null },
            "Location": if n % 5 == 0 { Json::Null } else { "here\n\"there\" é".into() },
            "EmailOptOut": if n % 3 == 0 { Json::Null } else { (n % 2 == 0).into() },
            "Plan__gc": if n % 4 == 0 { json!("gold") } else { Json::Null },
            "Assistant__gc": boss, "Asset__gc": other, "Tags__gc": ["a;b", "c"],
            "Seen__gc": "2026-01-02T03:04:05.006Z", "Score__gc": 1.25,
            "companies": [
                { "Company_ID": companies[first], "Manager": boss, "Role": "Power User",
                    "IsPrimaryCompany": true, "relationships": [nested, elsewhere] },
                { "Company_ID": companies[second], "IsPrimaryCompany": n % 2 == 0, "Active": false },
            ],
            "relationships": [{ "Relationship_ID": relationships[(n + 2) % COMPANIES] }],
        });
        let gsid = upsert(&test, person).await;
        if n % 10 == 0 {
            upsert(&test, json!({ "Gsid": gsid, "Email": format!("moved.{n}@abc.com") })).await;
        }
    }
    // A relationship changes its company: people have a company that nobody wrote.
    let moved = [json!({ "Gsid": relationships[0], "Company_ID": companies[3] })];
    let keys = ["Gsid".to_owned()];
    test.cached_store().update_objects("relationship", &keys, &moved, &[]).await.unwrap().unwrap();
    add_px_rows(&test).await;
    test
}

/// A user of Gainsight PX alone, one that is a person of the People API, and an account.
async fn add_px_rows(test: &TestTenant) {
    let store = test.cached_store();
    for (id, email) in [("u1", None), ("u2", Some("moved.10@abc.com"))] {
        let email = email.map(|email| SentEmail::Valid(Email::parse(email).unwrap()));
        let (mode, merges, assignments) = (WriteMode::Upsert, false, Vec::new());
        let id = external_id(IdentityKind::Px, id);
        store
            .write_identity(&IdentityWrite { id, email, mode, merges, assignments })
            .await
            .unwrap();
    }
    let metadata = store.read_metadata().await.unwrap();
    let account = json!({ "id": "a1", "name": "A", "propertyKeys": ["AP-1"] });
    let account = parse_new_account(&account, &metadata).unwrap();
    store.write_px_account(&account).await.unwrap();
}
