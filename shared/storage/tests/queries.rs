//! Tests of queries on DynamoDB Local: their cost, and that they end at their limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use std::sync::LazyLock;
use std::time::Duration;

use people_domain::lookup::Lookups;
use people_domain::query::QueryRequest;
use people_storage::{QueryCaller, QueryLimits, QueryRefusal, TenantStore};
use people_testkit::{MemorySnapshots, TestTenant};
use serde_json::{Value as Json, json};

static SNAPSHOTS: LazyLock<MemorySnapshots> = LazyLock::new(MemorySnapshots::default);

const RECORDS: usize = 1_000;

/// Creates companies `c0` to `c999`, a hundred per stage. Returns the GSID of the last.
async fn companies(test: &TestTenant, summary: &str) -> String {
    let store = test.uncached_store();
    let mut last = String::new();
    for batch in 0..RECORDS / 50 {
        let record = |n: usize| json!({ "Name": format!("c{n}"), "Stage": format!("s{}", n / 100), "ARR": n, "Summary": summary });
        let records: Vec<_> = (batch * 50..(batch + 1) * 50).map(record).collect();
        let made = store.insert_objects("company", &records, &[]).await.unwrap();
        last = made.unwrap().pop().unwrap().gsid;
    }
    last
}

/// The rows, the calls and the read units of a query with cached metadata.
async fn run_query(test: &TestTenant, object: &str, body: &Json) -> (Vec<Json>, u64, f64) {
    let store: TenantStore = test.cached_store();
    store.read_metadata().await.unwrap();
    let (before, request) = (store.usage(), QueryRequest::parse(body).unwrap());
    let rows =
        store.query_objects(object, &request, &SNAPSHOTS.caller("key")).await.unwrap().unwrap();
    let after = store.usage();
    (rows, after.calls - before.calls, after.units - before.units)
}

fn single_condition(name: &str, operator: &str, value: Json) -> Json {
    let condition = json!({ "name": name, "operator": operator, "value": value });
    json!({ "select": ["Name"], "where": { "conditions": [condition] } })
}

#[tokio::test]
async fn queries_read_no_more_than_they_need() {
    let test = TestTenant::new().await;
    let last = companies(&test, "").await;
    // A record takes about 150 bytes, so all of them take about 40 units of 4 KB.
    let all = json!({ "select": ["Name"] });
    for (body, count, calls, units) in [
        (single_condition("Gsid", "EQ", json!([last])), 1, 1, 1.0),
        (single_condition("Name", "EQ", json!(["c7"])), 1, 2, 2.0),
        (single_condition("Name", "IN", json!(["c7", "c8", "nobody"])), 2, 5, 5.0),
        (single_condition("Stage", "EQ", json!(["s3"])), 100, 1, 60.0),
        (single_condition("ARR", "GTE", json!([990])), 10, 1, 60.0),
        (all.clone(), RECORDS, 1, 60.0),
        // A page that is not the last is remembered.
        (json!({ "select": ["Name"], "limit": 10 }), 10, 2, 2.0),
        (json!({ "select": ["Name"], "limit": 10, "offset": 100 }), 10, 4, 12.0),
        // The pass, the ten rows, and where the page ended.
        (json!({ "select": ["Name"], "limit": 10, "orderBy": { "ARR": "desc" } }), 10, 3, 71.0),
    ] {
        let (rows, asked, used) = run_query(&test, "company", &body).await;
        assert_eq!((rows.len(), asked), (count, calls), "{body}");
        assert!(used <= units, "{body} takes {used} units");
    }
}

#[tokio::test]
async fn people_are_read_by_place_or_from_all_their_partitions() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    for n in 0..100 {
        let body = json!({ "Email": format!("p{n}@abc.com"), "LastName": format!("L{n}") });
        store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    }
    let moved =
        store.ingest_record(&json!({ "Email": "p7@abc.com" }), &Lookups::default()).await.unwrap();
    let gsid = moved.unwrap().person.gsid.clone();
    let body = json!({ "Gsid": gsid, "Email": "elsewhere@abc.com" });
    store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    for (body, count, calls, units) in [
        (single_condition("Email", "EQ", json!(["P8@abc.com"])), 1, 1, 1.0),
        // One call for each partition, and one for the person that moved.
        (single_condition("LastName", "EQ", json!(["L7"])), 1, 37, 40.0),
        (json!({ "select": ["Name"], "limit": 5 }), 5, 38, 41.0),
    ] {
        let (rows, asked, used) = run_query(&test, "person", &body).await;
        assert_eq!(rows.len(), count, "{body}");
        assert!(asked <= calls && used <= units, "{body} takes {asked} calls, {used} units");
    }
    let paged = |offset: usize| json!({ "select": ["Gsid"], "limit": 7, "offset": offset });
    let mut pages = Vec::new();
    for offset in (0..=100).step_by(7) {
        pages.extend(run_query(&test, "person", &paged(offset)).await.0);
    }
    let ordered = json!({ "select": ["Gsid"], "orderBy": { "Gsid": "asc" } });
    let all = run_query(&test, "person", &ordered).await.0;
    assert_eq!((pages.len(), &pages), (100, &all), "in order, the moved person included");
}

/// Reads all pages of `limit` rows, one after the other.
async fn pages(test: &TestTenant, object: &str, mut body: Json, limit: usize) -> Vec<Json> {
    let mut all = Vec::new();
    loop {
        body["limit"] = limit.into();
        body["offset"] = all.len().into();
        let page = run_query(test, object, &body).await.0;
        let is_last = page.len() < limit;
        all.extend(page);
        if is_last {
            return all;
        }
    }
}

#[tokio::test]
async fn people_stand_by_gsid_among_those_who_moved_away() {
    let test = TestTenant::new().await;
    let upsert = async |body: Json| {
        let made =
            test.cached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
        made.person.gsid.clone()
    };
    // Repeats until the occupant of the home slot sorts after one person that moved away, and
    // before another.
    let mut all = Vec::new();
    loop {
        let gsid = upsert(json!({ "Email": "home@abc.com", "LastName": "L" })).await;
        all.push(gsid.clone());
        let (less, more) =
            (all.iter().any(|other| *other < gsid), all.iter().any(|other| *other > gsid));
        if less && more {
            break;
        }
        upsert(json!({ "Gsid": gsid, "Email": format!("p{}@abc.com", all.len()) })).await;
    }
    for n in 0..5 {
        all.push(upsert(json!({ "Email": format!("other{n}@abc.com"), "LastName": "L" })).await);
    }
    all.sort();
    let all: Vec<_> = all.iter().map(|gsid| json!({ "Gsid": gsid })).collect();
    let plain = json!({ "select": ["Gsid"] });
    let with_condition = single_condition("LastName", "EQ", json!("L"));
    for limit in [1, 2, 3, 100] {
        assert_eq!(pages(&test, "person", plain.clone(), limit).await, all, "{limit} a page");
        let mut body = with_condition.clone();
        body["select"] = json!(["Gsid"]);
        assert_eq!(pages(&test, "person", body, limit).await, all, "{limit} a page");
    }
}

#[tokio::test]
async fn associations_stand_by_their_person_then_by_their_own_gsid() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let records: Vec<_> = (0..3).map(|n| json!({ "Name": format!("c{n}") })).collect();
    let companies = store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
    let companies: Vec<_> =
        companies.iter().map(|made| json!({ "Company_ID": made.gsid })).collect();
    for n in 0..5 {
        let body = json!({ "Email": format!("p{n}@abc.com"), "companies": companies });
        store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    }
    for order in [json!({}), json!({ "Active": "asc" })] {
        let body = json!({ "select": ["Person_ID", "Gsid"], "orderBy": order });
        let found = pages(&test, "company_person", body, 4).await;
        let sort_key = |row: &Json| (row["Person_ID"].to_string(), row["Gsid"].to_string());
        assert_eq!(found.len(), 15);
        assert!(found.iter().map(sort_key).is_sorted(), "{order}: {found:?}");
    }
}

#[tokio::test]
async fn a_query_that_takes_too_much_says_what_to_do() {
    let test = TestTenant::new().await;
    companies(&test, &"€".repeat(2_500)).await;
    let store = test.cached_store();
    let outcome = |body: Json, limits: QueryLimits| {
        let store = &store;
        async move {
            let request = QueryRequest::parse(&body).unwrap();
            let caller = QueryCaller { limits, ..SNAPSHOTS.caller("key") };
            store.query_objects("company", &request, &caller).await.unwrap()
        }
    };
    let refused = async |body: Json, limits: QueryLimits| match outcome(body, limits).await {
        Err(QueryRefusal::LimitExceeded(text)) => text,
        other => panic!("{other:?}"),
    };
    let usual = QueryLimits::default();
    let unindexed = single_condition("Stage", "NE", json!(["s0"]));
    let text = refused(unindexed.clone(), QueryLimits { units: 500, ..usual }).await;
    assert!(
        text.contains("at most 500 units") && text.contains("Gsid, Name, SfdcAccountId"),
        "{text}"
    );
    let text = refused(unindexed, QueryLimits { time: Duration::ZERO, ..usual }).await;
    assert!(
        text.contains("at most 0 seconds") && text.contains("Gsid, Name, SfdcAccountId"),
        "{text}"
    );
    let ordered = json!({ "select": ["Name"], "orderBy": { "ARR": "asc" } });
    let text = refused(ordered.clone(), QueryLimits { ranked_rows: 999, ..usual }).await;
    assert!(text.contains("999 rows") && text.contains("orderBy"), "{text}");
    let text = refused(ordered.clone(), QueryLimits { ranked_bytes: 10, ..usual }).await;
    assert!(text.contains("orderBy"), "{text}");
    assert_eq!(outcome(ordered, usual).await.unwrap().len(), 1_000);
    let large = json!({ "select": ["Summary"] });
    let text = refused(large, usual).await;
    assert!(text.contains("5 MB"), "{text}");
    assert_eq!(
        outcome(single_condition("Name", "EQ", json!(["c7"])), usual).await.unwrap().len(),
        1
    );
}
