//! Rows without an order are in that of their GSIDs, wherever they are stored.

use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::reader::PageReader;

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
    let condition = json!({ "name": "LastName", "operator": "EQ", "value": "L" });
    let with_condition = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
    for limit in [1, 2, 3, 100] {
        assert_eq!(
            PageReader::new(&test).read_pages("person", &plain, limit).await,
            all,
            "{limit} a page"
        );
        let pages = PageReader::new(&test).read_pages("person", &with_condition, limit).await;
        assert_eq!(pages, all, "{limit} a page");
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
        let found = PageReader::new(&test).read_pages("company_person", &body, 4).await;
        let sort_key = |row: &Json| (row["Person_ID"].to_string(), row["Gsid"].to_string());
        assert_eq!(found.len(), 15);
        assert!(found.iter().map(sort_key).is_sorted(), "{order}: {found:?}");
    }
}

/// A call may end at the very key that a condition allows last.
#[tokio::test]
async fn a_range_of_gsids_may_end_where_a_call_ends() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let mut all = Vec::new();
    for batch in 0..5 {
        let records: Vec<_> = (0..50).map(|n| json!({ "Name": format!("c{batch}.{n}") })).collect();
        let made = store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
        all.extend(made.into_iter().map(|made| made.gsid));
    }
    all.sort();
    let reader = PageReader::new(&test);
    for count in [199, 200, 204, 250] {
        let up_to = |operator: &str| json!({ "name": "Gsid", "operator": operator, "value": all[count - 1] });
        let nothing = json!({ "name": "Stage", "operator": "EQ", "value": "none" });
        for (conditions, found) in [
            (json!([up_to("LTE")]), count),
            (json!([up_to("LT")]), count - 1),
            (json!([up_to("LTE"), nothing]), 0),
        ] {
            let body = json!({ "select": ["Gsid"], "where": { "conditions": conditions } });
            for limit in [10, count - 8, count, 5_000] {
                let rows = reader.read_pages("company", &body, limit).await;
                assert_eq!(rows.len(), found, "{count} {body} {limit}");
            }
        }
    }
}
