//! The request sequences of two public connectors over a tenant to which others write: one asks for
//! the fields that describe lists, 100 rows at a time, and stops at a short page; the other for a
//! window of ModifiedDate, latest first, 5,000 at a time, goes on from the rows that it has, and
//! stops at an empty page.

use std::collections::HashSet;

use people_testkit::Api;
use serde_json::{Value as Json, json};

use super::crowd::Crowd;
use super::load::LargeTenant;
use super::meter::{CaseMeter, print_header, read_page};

/// A time after every stamp.
const AFTER_ALL: &str = "2035-01-01T00:00:00+00:00";

async fn describe_fields(api: &Api, object: &str) -> Vec<String> {
    let reply = api.get(&format!("/v1/meta/services/objects/{object}/describe?idd=true")).await;
    let fields = reply.body["data"][0]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["fieldName"].as_str().unwrap().to_owned()).collect()
}

/// Reads as Airbyte's source-gainsight-cs does.
async fn read_as_airbyte(api: &Api, object: &str) -> (Vec<Json>, CaseMeter) {
    let lower = |name: &String| name[..1].to_lowercase() + &name[1..];
    let select: Vec<_> = describe_fields(api, object).await.iter().map(lower).collect();
    let (mut rows, mut meter, mut offset) = (Vec::new(), CaseMeter::default(), 0);
    loop {
        let body = json!({ "select": select, "limit": 100, "offset": offset });
        let page = read_page(api, object, &body).await;
        meter.add(&page);
        let is_last = page.rows.len() < 100;
        rows.extend(page.rows);
        if is_last {
            return (rows, meter);
        }
        offset += 100;
    }
}

/// Reads as Estuary's source-gainsight-nxt does, up to the present.
async fn read_as_estuary(api: &Api, object: &str) -> (Vec<Json>, CaseMeter) {
    let select = describe_fields(api, object).await;
    let window = json!({ "conditions": [{ "name": "ModifiedDate", "alias": "A",
        "value": ["2020-01-01T00:00:00+00:00", AFTER_ALL], "operator": "BTW" }], "expression": "A" });
    let (mut rows, mut meter) = (Vec::new(), CaseMeter::default());
    loop {
        let body = json!({ "select": select, "limit": 5_000, "offset": rows.len(), "where": window,
            "orderBy": { "ModifiedDate": "desc" } });
        let page = read_page(api, object, &body).await;
        meter.add(&page);
        if page.rows.is_empty() {
            return (rows, meter);
        }
        rows.extend(page.rows);
    }
}

fn assert_met_once(rows: &[Json], column: &str, people: &[String]) {
    let met: HashSet<_> = rows.iter().map(|row| row[column].as_str().unwrap()).collect();
    assert_eq!(met.len(), rows.len(), "a row is repeated");
    assert_eq!(people.iter().filter(|gsid| !met.contains(gsid.as_str())).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meet_everybody_once() {
    let tenant = LargeTenant::of(200_000).await;
    let api = tenant.test.api();
    println!("{} people", tenant.people.len());
    print_header();
    for object in ["person", "company_person"] {
        let column = if object == "person" { "gsid" } else { "person_ID" };
        let crowd = Crowd::start(&tenant.test);
        let (rows, meter) = read_as_airbyte(&api, object).await;
        let writes = crowd.stop().await;
        meter.print(&format!("{object}, 100 a page, {writes} writes beside it"));
        assert_met_once(&rows, column, &tenant.people);
    }
    let crowd = Crowd::start(&tenant.test);
    let (rows, meter) = read_as_estuary(&api, "person").await;
    let writes = crowd.stop().await;
    meter.print(&format!("person, 5,000 a page by ModifiedDate, {writes} writes beside it"));
    assert_met_once(&rows, "Gsid", &tenant.people);
}
