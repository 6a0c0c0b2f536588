//! The cost of queries, and their ends at their limits.

use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
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
        (single_condition("Name", "EQ", json!(["c7"])), 1, 4, 4.0),
        (single_condition("Name", "IN", json!(["c7", "c8", "nobody"])), 2, 7, 7.0),
        // The end of what was read without a key is remembered, twice if a page is short.
        (single_condition("Stage", "EQ", json!(["s3"])), 100, 3, 62.0),
        (single_condition("ARR", "GTE", json!([990])), 10, 3, 62.0),
        (all.clone(), RECORDS, 3, 62.0),
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
        // One call for each partition; and the person that moved, whose redirect a page may not
        // show yet, since it left just now.
        (single_condition("LastName", "EQ", json!(["L7"])), 1, 39, 42.0),
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

#[tokio::test]
async fn a_query_that_takes_too_much_says_what_to_do() {
    let test = TestTenant::new().await;
    companies(&test, &"€".repeat(1_000)).await;
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
    let text = refused(unindexed.clone(), QueryLimits { units: 200, ..usual }).await;
    assert!(
        text.contains("at most 200 units") && text.contains("Gsid, Name, SfdcAccountId"),
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
    let text = refused(large.clone(), QueryLimits { answer_bytes: 2 << 20, ..usual }).await;
    assert!(text.contains("2 MB") && text.contains("fewer fields"), "{text}");
    assert_eq!(outcome(large, usual).await.unwrap().len(), 1_000);
    assert_eq!(
        outcome(single_condition("Name", "EQ", json!(["c7"])), usual).await.unwrap().len(),
        1
    );
}

/// A company of a few people among many others (ADR 45).
#[tokio::test]
async fn an_index_finds_the_people_of_a_company_without_reading_the_others() {
    let test = TestTenant::new().await;
    let indexes = [("company_person", "Company_ID"), ("relationship_person", "Relationship_ID")];
    for (object, field) in indexes {
        test.index_associations(object, field).await;
    }
    let (small, large) = (test.create_company("small").await, test.create_company("large").await);
    let relationship = test.create_relationship("r", &large).await;
    let store = test.uncached_store();
    let upsert = async |n: usize, company: &str, nested: Json| {
        let body = json!({ "Email": format!("p{n}@abc.com"), "Comments": "x".repeat(1_000),
            "companies": [{ "Company_ID": company, "relationships": nested }] });
        store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    };
    for n in 0..120 {
        upsert(n, if n % 40 == 0 { &small } else { &large }, json!([])).await;
    }
    upsert(200, &large, json!([{ "Relationship_ID": relationship }])).await;
    let query = |object: &str, name: &str, gsid: &str, limit: usize| {
        let condition = json!({ "name": name, "operator": "EQ", "value": gsid });
        let body = json!({ "select": ["Person_ID"], "where": { "conditions": [condition] }, "limit": limit });
        (object.to_owned(), body)
    };
    for ((object, body), count, units) in [
        // An entry of the company's relationships, of the company, three people and two companies.
        (query("company_person", "Company_ID", &small, 5_000), 3, 1.0..10.0),
        (query("company_person", "Company_ID", &large, 5_000), 118, 118.0..140.0),
        // A page costs a page, and what is remembered of its end.
        (query("company_person", "Company_ID", &large, 10), 10, 10.0..30.0),
        (query("relationship_person", "Relationship_ID", &relationship, 5_000), 1, 1.0..10.0),
    ] {
        let (rows, _, cost) = run_query(&test, &object, &body).await;
        assert_eq!(rows.len(), count, "{body}");
        assert!(units.contains(&cost), "{cost} units: {body}");
    }
}

/// A place among the passes is taken until this time.
async fn occupy_pass(test: &TestTenant, place: &str, until: Stamp) {
    let key = [("pk", format!("{}#W", test.tenant.id)), ("sk", "passes".to_owned())];
    let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text)));
    let call = test.stack.client().update_item().table_name(&test.stack.table);
    let call = call.set_key(Some(key.into())).update_expression("SET #p = :u");
    let call = call.expression_attribute_names("#p", place);
    let until = AttributeValue::S(until.as_str().to_owned());
    call.expression_attribute_values(":u", until).send().await.unwrap();
}

#[tokio::test]
async fn two_queries_of_a_tenant_may_read_much_at_a_time() {
    let test = TestTenant::new().await;
    test.create_company("Abc").await;
    let run = async || {
        let limits = QueryLimits { pass_units: 0, ..QueryLimits::default() };
        let caller = QueryCaller { limits, ..SNAPSHOTS.caller("key") };
        let request = QueryRequest::parse(&json!({ "select": ["Name"] })).unwrap();
        test.cached_store().query_objects("company", &request, &caller).await.unwrap()
    };
    // Each gives its place back.
    for _ in 0..3 {
        assert_eq!(run().await.unwrap().len(), 1);
    }
    let now = test.store.new_stamp();
    let later = now.later_by(Duration::from_secs(60));
    occupy_pass(&test, "pass0", later).await;
    assert_eq!(run().await.unwrap().len(), 1, "one other query is no hindrance");
    occupy_pass(&test, "pass1", later).await;
    let Err(QueryRefusal::LimitExceeded(text)) = run().await else { panic!("two others run") };
    assert!(text.contains("2 queries of this tenant"), "{text}");
    occupy_pass(&test, "pass1", now).await;
    assert_eq!(run().await.unwrap().len(), 1, "a process that died keeps its place for a while");
}
