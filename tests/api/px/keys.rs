//! Access keys that are narrowed to groups of routes (contract: keys#narrowed-keys).

use std::collections::BTreeSet;

use people_domain::ids::route_group::RouteGroup;
use people_testkit::{Api, TestTenant};

const ATTRIBUTES: &str = "/v1/admin/model/user/attributes";
const OBJECTS: &str = "/v1/meta/services/objects/list";

/// A new key of a tenant, narrowed to these groups.
async fn create_key(test: &TestTenant, groups: &[RouteGroup]) -> String {
    let groups = BTreeSet::from_iter(groups.iter().copied());
    let made = test.store.create_access_key(&test.tenant.id, Some(groups)).await.unwrap();
    made.key.expose_secret().to_owned()
}

#[tokio::test]
async fn a_narrowed_key_is_unknown_on_other_routes() {
    let test = TestTenant::new().await;
    for (groups, px, people) in [
        (&[RouteGroup::Px][..], 200, 401),
        (&[RouteGroup::People], 401, 200),
        (&[RouteGroup::People, RouteGroup::Px], 200, 200),
        (&[RouteGroup::GoSquaredTracking, RouteGroup::Ptengine], 401, 401),
    ] {
        let api = Api::new(&test.stack.base_url, &create_key(&test, groups).await);
        let of_people = api.get(OBJECTS).await;
        let of_px = api.with_key_header("X-APTRINSIC-API-KEY").get(ATTRIBUTES).await;
        let statuses = [&of_px, &of_people].map(|reply| reply.status.as_u16());
        assert_eq!(statuses, [px, people], "{groups:?}");
        for refused in [of_px, of_people].iter().filter(|reply| reply.status.as_u16() == 401) {
            assert_eq!(refused.headers["x-people-key"], "unknown");
            assert!(!refused.headers.contains_key("ratelimit-limit"), "no call is counted");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_narrowed_is_valid_on_all_routes() {
    let test = TestTenant::new().await;
    assert_eq!(test.api().get(OBJECTS).await.status.as_u16(), 200);
    assert_eq!(test.px_api().get(ATTRIBUTES).await.status.as_u16(), 200);
}
