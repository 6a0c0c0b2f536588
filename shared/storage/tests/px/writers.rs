//! Lists with writers beside them: whoever is there throughout is listed once.

use std::collections::HashMap;

use people_domain::px::{PxObject, parse_user_id};
use people_storage::QueryLimits;
use people_testkit::TestTenant;
use serde_json::json;

use crate::px::client::{read_list, write_user, write_users};

/// Users who are there throughout.
const USERS: usize = 3_000;

#[tokio::test]
async fn whoever_is_there_throughout_is_listed_once() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let stable: Vec<_> = (0..USERS).map(|at| format!("stable{at}")).collect();
    write_users(&store, stable.clone()).await;
    write_users(&store, (0..40).map(|at| format!("leaving{at}")).collect()).await;
    for parameters in [
        &[("pageSize", "250")][..],
        &[("pageSize", "250"), ("filter", "identifyId~stable*")],
        &[("pageSize", "250"), ("sort", "title;score")],
    ] {
        let mut pages = 0;
        let run =
            read_list(&store, PxObject::User, parameters, QueryLimits::default(), async || {
                // Users come, go, change and get an email, which gives them a second slot.
                let leaving = parse_user_id(&format!("leaving{pages}")).unwrap();
                store.release_id(&leaving).await.unwrap();
                write_user(&store, &format!("new{pages}"), json!({})).await;
                let changed = format!("stable{}", pages * 7 % USERS);
                let email = format!("{changed}@abc.com");
                write_user(&store, &changed, json!({ "email": email, "phone": "1" })).await;
                pages += 1;
            });
        let mut seen: HashMap<String, usize> = HashMap::new();
        for id in run.await.ids {
            *seen.entry(id).or_default() += 1;
        }
        for id in &stable {
            assert_eq!(seen.get(id), Some(&1), "{id} {parameters:?}");
        }
    }
}
