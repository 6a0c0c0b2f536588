//! Lookups and updates by fields without an index share one pass over the records.

use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::RawRow;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// Different values of a field; four companies have each.
const VALUES: usize = 50;

/// Creates companies with values in fields without an index. Returns their GSIDs in this order.
async fn companies(test: &TestTenant) -> Vec<String> {
    let mut gsids = Vec::new();
    for round in 0..4 {
        let record = |n: usize| json!({ "Name": format!("{round}.{n}"), "TickerSymbol": format!("t{n}"), "Stage": format!("s{round}") });
        let records: Vec<_> = (0..VALUES).map(record).collect();
        let made =
            test.uncached_store().insert_objects("company", &records, &[]).await.unwrap().unwrap();
        gsids.extend(made.into_iter().map(|made| made.gsid));
    }
    gsids
}

fn lookups(fields: &Json) -> Lookups {
    Lookups::parse(&json!({ "companies": { "Company_ID": { "fields": fields } } })).unwrap()
}

/// The companies that rows get by a lookup, and the store calls of it.
async fn looked_up(test: &TestTenant, rows: &[Json], fields: &Json) -> (Vec<Json>, u64) {
    let store = test.uncached_store();
    let incoming: Vec<_> = rows.iter().zip(1..).map(|(row, n)| RawRow::from((n, row))).collect();
    let done = store.ingest_partial(&incoming, &lookups(fields), None).await.unwrap();
    let found =
        done.iter().map(|row| row.to_json(false)["record"]["companies"][0]["Company_ID"].clone());
    (found.collect(), store.usage().calls)
}

#[tokio::test]
async fn many_lookups_without_an_index_are_one_pass() {
    let test = TestTenant::new().await;
    let gsids = companies(&test).await;
    let row = |n: usize, stage: &str| json!({ "Email": format!("{n}@abc.com"), "companies": [{ "T": format!("t{n}"), "S": stage }] });
    let by_one = json!({ "T": "TickerSymbol" });
    let rows: Vec<_> = (0..VALUES).map(|n| row(n, "s2")).collect();
    let (found, calls) = looked_up(&test, &rows, &by_one).await;
    assert_eq!(found, gsids[..VALUES].iter().map(|gsid| json!(gsid)).collect::<Vec<_>>());
    let (_, calls_of_one) = looked_up(&test, &rows[..1], &by_one).await;
    // There is a write for each row, and the people of rows that may change nothing are read.
    assert!(calls - calls_of_one < VALUES as u64 + 3, "{calls} calls, {calls_of_one} for one row");
    let by_two = json!({ "T": "TickerSymbol", "S": "Stage" });
    let (found, _) = looked_up(&test, &rows, &by_two).await;
    let third = &gsids[2 * VALUES..3 * VALUES];
    assert_eq!(found, third.iter().map(|gsid| json!(gsid)).collect::<Vec<_>>());
    let (none, _) = looked_up(&test, &[row(7, "s9")], &by_two).await;
    assert_eq!(none[0]["errorCode"], "GSOBJ_RLS012");
}

#[tokio::test]
async fn an_update_by_a_field_without_an_index_changes_what_holds_it() {
    let test = TestTenant::new().await;
    companies(&test).await;
    let store = test.uncached_store();
    let record = |n: usize| json!({ "TickerSymbol": format!("t{n}"), "Industry": format!("i{n}") });
    let records: Vec<_> = (0..20).map(record).collect();
    let keys = ["TickerSymbol".to_owned()];
    assert!(store.update_objects("company", &keys, &records, &[]).await.unwrap().is_ok());
    for n in [0, 19] {
        let again = [json!({ "Industry": format!("i{n}"), "Summary": "x" })];
        let done = store.update_objects("company", &["Industry".to_owned()], &again, &[]).await;
        assert!(done.unwrap().is_ok(), "{n}");
    }
}

#[tokio::test]
async fn a_relationship_that_went_with_its_company_is_not_found() {
    let test = TestTenant::new().await;
    let mut made = Vec::new();
    for n in 0..2 {
        let company = test.create_company(&format!("c{n}")).await;
        let record = json!({ "Name": format!("r{n}"), "Company_ID": company, "Stage": "s" });
        let done =
            test.uncached_store().insert_objects("relationship", &[record], &[]).await.unwrap();
        made.push((company, done.unwrap()[0].gsid.clone()));
    }
    test.uncached_store()
        .delete_record("company", &Gsid::parse(&made[0].0).unwrap())
        .await
        .unwrap();
    let lookups = json!({ "relationships": { "Relationship_ID": { "fields": { "S": "Stage" } } } });
    let row = json!({ "Email": "a@abc.com", "relationships": [{ "S": "s" }] });
    let rows = [RawRow::from((1, &row))];
    let done =
        test.uncached_store().ingest_partial(&rows, &Lookups::parse(&lookups).unwrap(), None).await;
    let done = done.unwrap();
    let row = done[0].to_json(false);
    assert_eq!(row["operationStatus"], "SUCCESS");
    assert_eq!(row["record"]["relationships"][0]["Relationship_ID"], json!(made[1].1));
}
