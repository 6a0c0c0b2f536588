//! Schema changes with existing rows.

use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_domain::people::needs::LookupQuery;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// Changes the tenant's schema to `wanted`.
async fn apply(test: &TestTenant, wanted: Json) {
    let wanted: SchemaFile = serde_json::from_value(wanted).unwrap();
    assert_eq!(people_domain::schema::check_schema(&wanted), []);
    let store = test.uncached_store();
    for change in diff_schemas(&store.export_schema().await.unwrap(), &wanted) {
        store.apply_schema_change(&change).await.unwrap();
    }
    assert_eq!(
        diff_schemas(&store.export_schema().await.unwrap(), &wanted),
        [],
        "applying it again changes nothing"
    );
}

fn tier(indexed: bool) -> Json {
    json!({ "objects": { "company": { "fields": { "Tier__gc": { "type": "STRING", "indexed": indexed } } } } })
}

/// Creates 200 records, 40 of each tier, which fill several pages of 1 MB.
async fn records(test: &TestTenant) {
    for chunk in 0..4 {
        let record = |n: usize| json!({ "Name": format!("{chunk} {n}"), "Tier__gc": format!("t{}", n % 5), "Summary": "x".repeat(12_000) });
        let records: Vec<_> = (0..50).map(record).collect();
        test.uncached_store().insert_objects("company", &records, &[]).await.unwrap().unwrap();
    }
}

async fn found(test: &TestTenant, tier: &str) -> usize {
    let conditions = vec![("Tier__gc".to_owned(), tier.to_owned())];
    test.uncached_store()
        .search_records(&LookupQuery { object: "company".to_owned(), conditions }, 1_000)
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn an_index_is_made_page_by_page_and_goes_on_after_a_crash() {
    let test = TestTenant::new().await;
    apply(&test, tier(false)).await;
    records(&test).await;
    assert_eq!(found(&test, "t1").await, 40, "without an index all records are read");

    let before = test.store.new_stamp();
    apply(&test, tier(true)).await;
    let [pending] =
        test.uncached_store().list_pending_indexes().await.unwrap().try_into().expect("one field");
    assert_eq!((pending.object.as_str(), pending.field.as_str()), ("company", "Tier__gc"));
    assert!(before < pending.since.unwrap() && pending.since.unwrap() < test.store.new_stamp());
    assert!(!pending.begun);
    assert_eq!(found(&test, "t1").await, 40, "an incomplete index is not used");
    // Each page is built by another process, because the progress is stored.
    let mut pages =
        vec![test.uncached_store().build_index_page("company", "Tier__gc").await.unwrap()];
    assert!(test.uncached_store().list_pending_indexes().await.unwrap()[0].begun);
    while !pages.last().unwrap().last {
        pages.push(test.uncached_store().build_index_page("company", "Tier__gc").await.unwrap());
    }
    assert!(pages.len() > 1);
    assert_eq!(pages.iter().map(|page| page.records).sum::<usize>(), 200, "each record once");
    assert!(test.uncached_store().list_pending_indexes().await.unwrap().is_empty());
    let store = test.uncached_store();
    store.read_metadata().await.unwrap();
    let before = store.usage().units;
    let conditions = vec![("Tier__gc".to_owned(), "t1".to_owned())];
    let query = LookupQuery { object: "company".to_owned(), conditions };
    assert_eq!(store.search_records(&query, 1_000).await.unwrap().len(), 40);
    assert!(store.usage().units - before < 300.0, "only matching records are read");
}

#[tokio::test]
async fn an_index_begins_at_the_first_record_whatever_an_earlier_one_left() {
    let test = TestTenant::new().await;
    apply(&test, tier(false)).await;
    records(&test).await;
    apply(&test, tier(true)).await;
    assert!(!test.uncached_store().build_index_page("company", "Tier__gc").await.unwrap().last);
    // The field is removed while its index is built, and added again under the same name.
    apply(&test, json!({})).await;
    apply(&test, tier(false)).await;
    records(&test).await;
    apply(&test, tier(true)).await;
    assert!(!test.uncached_store().list_pending_indexes().await.unwrap()[0].begun);
    while !test.uncached_store().build_index_page("company", "Tier__gc").await.unwrap().last {}
    assert_eq!(
        found(&test, "t1").await,
        40,
        "the records that were created since the field was added again"
    );
}

#[tokio::test]
async fn a_field_that_comes_back_has_another_code() {
    let test = TestTenant::new().await;
    let with =
        json!({ "objects": { "person": { "fields": { "Plan__gc": { "type": "STRING" } } } } });
    let email = Email::parse("a@abc.com").unwrap();
    apply(&test, with.clone()).await;
    let body = json!({ "Email": "a@abc.com", "Plan__gc": "secret" });
    test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    apply(&test, json!({})).await;
    assert!(
        test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap().is_err(),
        "a removed field is hidden"
    );
    apply(&test, with).await;
    let store = test.uncached_store();
    let person = store.read_person_by_email(&email).await.unwrap().unwrap();
    assert_eq!(
        store.render_person(&person).await.unwrap()["plan__gc"],
        Json::Null,
        "the value of the removed field is not shown"
    );
}

#[tokio::test]
async fn a_default_that_changes_leaves_older_rows_the_old_one() {
    let test = TestTenant::new().await;
    let plan = |default: &str| json!({ "objects": { "person": { "fields": { "Plan__gc": { "type": "STRING", "default": default } } } } });
    for (email, default) in [("a@abc.com", "gold"), ("b@abc.com", "silver")] {
        apply(&test, plan(default)).await;
        test.uncached_store()
            .ingest_record(&json!({ "Email": email }), &Lookups::default())
            .await
            .unwrap()
            .unwrap();
    }
    for (email, expected) in [("a@abc.com", "gold"), ("b@abc.com", "silver")] {
        let store = test.uncached_store();
        let person =
            store.read_person_by_email(&Email::parse(email).unwrap()).await.unwrap().unwrap();
        assert_eq!(store.render_person(&person).await.unwrap()["plan__gc"], expected);
    }
}

#[tokio::test]
async fn a_closed_list_takes_its_items_alone() {
    let test = TestTenant::new().await;
    let roles = |closed: bool, items: Json| json!({ "dropdowns": { "role": { "closed": closed, "items": items } } });
    let company = test.create_company("abc, Inc.").await;
    let body = |role: &str| json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company, "Role": role }] });
    apply(&test, roles(true, json!(["Admin"]))).await;
    let upsert = |role: &'static str| {
        let (store, body) = (test.uncached_store(), body(role));
        async move { store.ingest_record(&body, &Lookups::default()).await.unwrap().is_ok() }
    };
    assert!(upsert("Admin").await && !upsert("Owner").await);
    apply(&test, roles(true, json!(["Owner"]))).await;
    assert!(upsert("Owner").await && !upsert("Admin").await);
    apply(&test, json!({})).await;
    assert!(upsert("Anybody").await, "without a list of the tenant's own it is open again");
}
