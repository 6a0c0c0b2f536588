//! The cost of pages.

use people_domain::px::PxObject;
use people_storage::{QueryLimits, Usage};
use people_testkit::TestTenant;

use crate::px::client::{read_page, write_users};

async fn page_usage(test: &TestTenant, parameters: &[(&str, &str)]) -> (Usage, String) {
    let store = test.cached_store();
    store.read_metadata().await.unwrap();
    let before = store.usage();
    let page = read_page(&store, PxObject::User, parameters, QueryLimits::default()).await.unwrap();
    let after = store.usage();
    let usage =
        Usage { calls: after.calls - before.calls, units: after.units - before.units, ..after };
    (usage, page["scrollId"].as_str().unwrap_or_default().to_owned())
}

/// A page reads its users and the entries of all shards once, however many people there are.
#[tokio::test]
async fn the_list_of_few_users_is_a_call_for_each_shard_and_one_for_the_people() {
    let test = TestTenant::new().await;
    write_users(&test.uncached_store(), (0..20).map(|at| format!("u{at}")).collect()).await;
    let (usage, scroll) = page_usage(&test, &[]).await;
    assert_eq!(scroll, "");
    assert_eq!(usage.calls, 36 + 1);
    assert!(usage.units <= 36.0 + 20.0, "{}", usage.units);
}

#[tokio::test]
async fn a_further_page_is_two_calls_where_there_are_many_users() {
    let test = TestTenant::new().await;
    write_users(&test.uncached_store(), (0..700).map(|at| format!("u{at}")).collect()).await;
    let (first, scroll) = page_usage(&test, &[("pageSize", "5")]).await;
    assert!(first.calls <= 2 + 36, "the rest is counted: {}", first.calls);
    assert!(first.units <= 8.0 + 36.0, "{}", first.units);
    let (next, _) = page_usage(&test, &[("scrollId", &scroll)]).await;
    assert!(next.calls <= 2 + 9, "a page may end with its shard: {}", next.calls);
}
