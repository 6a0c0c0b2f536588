//! All people and parts of them, by offset pages of 5,000.

use std::collections::HashSet;

use people_testkit::Api;
use serde_json::{Value as Json, json};

use super::crowd::Crowd;
use super::load::LargeTenant;
use super::meter::{CaseMeter, print_header, read_page};
use super::{CHANGED, COMPANIES, people_count};

const LIMIT: usize = 5_000;

/// Reads all pages as clients do: the last one is short.
async fn read_all(api: &Api, object: &str, body: &Json) -> (Vec<Json>, CaseMeter) {
    let (mut rows, mut meter, mut body) = (Vec::new(), CaseMeter::default(), body.clone());
    loop {
        (body["limit"], body["offset"]) = (LIMIT.into(), rows.len().into());
        let page = read_page(api, object, &body).await;
        meter.add(&page);
        let is_last = page.rows.len() < LIMIT;
        rows.extend(page.rows);
        if is_last {
            return (rows, meter);
        }
    }
}

/// Checks that each of these people is met once, and nobody else twice.
fn assert_met_once<'a>(rows: &[Json], column: &str, people: impl IntoIterator<Item = &'a String>) {
    let met: HashSet<_> = rows.iter().map(|row| row[column].as_str().unwrap()).collect();
    assert_eq!(met.len(), rows.len(), "a row is repeated");
    let missed = people.into_iter().filter(|gsid| !met.contains(gsid.as_str())).count();
    assert_eq!(missed, 0, "people are missed");
}

fn filter(name: &str, operator: &str, value: Json) -> Json {
    json!({ "conditions": [{ "name": name, "operator": operator, "value": value }] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_large_tenant() {
    let tenant = LargeTenant::of(people_count()).await;
    println!("{} people, {} companies", tenant.people.len(), tenant.companies.len());
    let api = tenant.test.api();
    print_header();

    let select = json!(["Gsid", "Email", "FirstName", "LastName", "Location", "ModifiedDate"]);
    let crowd = Crowd::start(&tenant.test);
    let (rows, meter) = read_all(&api, "person", &json!({ "select": select })).await;
    let writes = crowd.stop().await;
    let units = meter.print(&format!("all people, {writes} inserts and their deletes beside it"));
    assert_met_once(&rows, "Gsid", &tenant.people);
    let most = units.iter().copied().fold(0.0, f64::max);
    assert!(most <= 2.0 * units[0], "a page takes {most} units, the first {}", units[0]);

    let changed = filter("ModifiedDate", "GTE", json!([tenant.changed_since]));
    let body = json!({ "select": select, "where": changed, "orderBy": { "ModifiedDate": "asc" } });
    let crowd = Crowd::start(&tenant.test);
    let (rows, meter) = read_all(&api, "person", &body).await;
    let writes = crowd.stop().await;
    meter.print(&format!("changed people by ModifiedDate, {writes} inserts beside it"));
    let stayed: Vec<_> = rows.iter().filter(|row| row["LastName"] != "Crowd").cloned().collect();
    assert_eq!(stayed.len(), CHANGED);
    assert!(stayed.is_sorted_by_key(|row| row["ModifiedDate"].as_i64()));

    let (rows, meter) =
        read_all(&api, "person", &json!({ "select": ["Gsid"], "orderBy": { "LastName": "desc" } }))
            .await;
    meter.print("all people by LastName");
    assert_met_once(&rows, "Gsid", &tenant.people);

    for (name, company) in [("1", COMPANIES), ("a 200th", 7)] {
        let of_company = filter("Company_ID", "EQ", json!([tenant.companies[company]]));
        let body =
            json!({ "select": ["Person_ID", "Person_ID__gr.Email", "Title"], "where": of_company });
        let (rows, meter) = read_all(&api, "company_person", &body).await;
        meter.print(&format!("company_person of a company of {name}"));
        let expected = if company == COMPANIES { 1 } else { tenant.people.len() / COMPANIES };
        assert_eq!(rows.len(), expected);
    }
    let by_text = filter("LastName", "EQ", json!(["Family77"]));
    let (rows, meter) =
        read_all(&api, "person", &json!({ "select": ["Gsid"], "where": by_text })).await;
    meter.print("person by an unindexed text");
    assert_eq!(rows.len(), tenant.people.len().div_ceil(9_973));

    let after = filter("Gsid", "GT", json!([tenant.people[tenant.people.len() / 2]]));
    let body = json!({ "select": ["Gsid"], "where": after, "limit": LIMIT });
    let mut meter = CaseMeter::default();
    meter.add(&read_page(&api, "person", &body).await);
    meter.print("5,000 after a Gsid");

    let mut meter = CaseMeter::default();
    let offset = tenant.people.len() / 2;
    let body = json!({ "select": ["Gsid", "Email"], "limit": LIMIT, "offset": offset });
    meter.add(&read_page(&api, "person", &body).await);
    meter.print("an offset in the middle that no page led to");
}
