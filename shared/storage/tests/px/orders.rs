//! Filters and orders over many pages, against all rows sorted and filtered at once.

use people_domain::px::PxObject;
use people_storage::{QueryLimits, StoreError};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::px::client::{read_list, read_page, read_users, write_account, write_users};

const USERS: usize = 60;

/// All users on one page.
async fn read_all(test: &TestTenant) -> Vec<Json> {
    let all = [("pageSize", "1000")];
    let limits = QueryLimits::default();
    let page = read_page(&test.uncached_store(), PxObject::User, &all, limits).await.unwrap();
    page["users"].as_array().unwrap().clone()
}

fn ids(rows: &[Json]) -> Vec<String> {
    rows.iter().map(|row| row["identifyId"].as_str().unwrap().to_owned()).collect()
}

fn text(row: &Json, name: &str) -> String {
    row[name].as_str().unwrap().to_lowercase()
}

async fn tenant_with_users() -> TestTenant {
    let test = TestTenant::new().await;
    let names = (0..USERS).map(|at| format!("u{at}")).collect();
    write_users(&test.uncached_store(), names).await;
    test
}

#[tokio::test]
async fn pages_are_in_the_requested_order() {
    let test = tenant_with_users().await;
    let store = test.uncached_store();
    let mut rows = read_all(&test).await;
    assert!(rows.is_sorted_by_key(|row| text(row, "aptrinsicId")));
    rows.sort_by_key(|row| (row["score"].as_i64(), std::cmp::Reverse(text(row, "title"))));
    for size in ["1", "7", "60", "1000"] {
        let run = read_users(&store, &[("sort", "score;-title"), ("pageSize", size)]).await;
        assert_eq!(run.ids, ids(&rows));
        assert!(run.totals.iter().all(|total| *total == USERS as u64), "{:?}", run.totals);
    }
    let mut rows: Vec<_> = rows.into_iter().filter(|row| row["score"].as_i64() > Some(4)).collect();
    rows.sort_by_key(|row| (text(row, "title"), text(row, "aptrinsicId")));
    let parameters = [("sort", " title"), ("filter", "score>=5"), ("pageSize", "7")];
    let run = read_users(&store, &parameters).await;
    assert_eq!((run.ids, run.totals[0]), (ids(&rows), rows.len() as u64));
}

#[tokio::test]
async fn a_filter_keeps_the_order_of_gsids() {
    let test = tenant_with_users().await;
    let store = test.uncached_store();
    let rows: Vec<_> =
        read_all(&test).await.into_iter().filter(|row| row["title"] == "T3").collect();
    for size in ["1", "4", "1000"] {
        let run = read_users(&store, &[("filter", "title==t3"), ("pageSize", size)]).await;
        assert_eq!((run.ids, run.totals[0]), (ids(&rows), rows.len() as u64));
    }
    let run = read_users(&store, &[("filter", "title==nobody")]).await;
    assert_eq!((run.ids.len(), run.totals), (0, vec![0]));
}

#[tokio::test]
async fn a_list_that_reads_too_much_says_what_to_do() {
    let test = tenant_with_users().await;
    let store = test.uncached_store();
    let limits = QueryLimits { units: 10, ..QueryLimits::default() };
    let list = |name: &'static str, value: &'static str| {
        let store = store.clone();
        async move { read_page(&store, PxObject::User, &[(name, value)], limits).await }
    };
    for (name, value) in [("sort", "score"), ("filter", "title==nobody")] {
        match list(name, value).await {
            Err(StoreError::ReadLimitExceeded(text)) => {
                assert!(text.contains("10 units"), "{text}")
            }
            other => panic!("{other:?}"),
        }
    }
    // The rows found so far are answered, and the next page goes on.
    let parameters = [("filter", "title!=T3"), ("pageSize", "5")];
    let run = read_list(&store, PxObject::User, &parameters, limits, async || {}).await;
    let rows: Vec<_> =
        read_all(&test).await.into_iter().filter(|row| row["title"] != "T3").collect();
    assert_eq!(run.ids, ids(&rows));
}

#[tokio::test]
async fn accounts_are_in_the_order_of_their_ids() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    for at in 0..23 {
        write_account(&store, &format!("ä{at:02}"), json!({ "numberOfEmployees": at % 5 })).await;
    }
    let read = async |parameters: &[(&str, &str)]| {
        read_list(&store, PxObject::Account, parameters, QueryLimits::default(), async || {}).await
    };
    let names: Vec<_> = (0..23).map(|at| format!("ä{at:02}")).collect();
    for size in ["5", "22", "23", "1000"] {
        let run = read(&[("pageSize", size)]).await;
        assert_eq!((&run.ids, run.totals[0]), (&names, 23));
    }
    let mut sorted: Vec<_> = (0..23).collect();
    sorted.sort_by_key(|at| std::cmp::Reverse(at % 5));
    let sorted: Vec<_> = sorted.into_iter().map(|at| format!("ä{at:02}")).collect();
    assert_eq!(read(&[("sort", "-numberOfEmployees"), ("pageSize", "4")]).await.ids, sorted);
    let run = read(&[("filter", "id~Ä1?;numberOfEmployees<2"), ("pageSize", "2")]).await;
    assert_eq!(
        (run.ids.as_slice(), run.totals[0]),
        (&["ä10", "ä11", "ä15", "ä16"].map(String::from)[..], 4)
    );
}
