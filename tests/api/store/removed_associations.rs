//! Packets that arrive late and answers that are lost, around the removal of an association
//! (contract: objects#delete-of-an-association).

use std::sync::Arc;
use std::time::Duration;

use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::{Store, TenantStore};
use people_testkit::{TestStack, TestTenant, connect_with_attempt_timeout};
use serde_json::{Value as Json, json};

use super::held_call::HeldCall;
use super::proxy::Proxy;

/// How long a client waits before it sends a call again.
const ATTEMPT: Duration = Duration::from_millis(300);

async fn upsert(store: &TenantStore, body: &Json) -> Json {
    let done = store.ingest_record(body, &Lookups::default()).await.unwrap().unwrap();
    store.render_person(&done.person).await.unwrap()
}

/// A person with an association, and their ids.
struct Employee {
    test: TestTenant,
    body: Json,
    person: Gsid,
    association: Gsid,
}

impl Employee {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let company = test.create_company("abc, Inc.").await;
        let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
        let shown = upsert(&test.uncached_store(), &body).await;
        let gsid = |shown: &Json| Gsid::parse(shown["gsid"].as_str().unwrap()).unwrap();
        let (person, association) = (gsid(&shown), gsid(&shown["companies"][0]));
        Self { test, body, person, association }
    }

    async fn remove(&self, store: &TenantStore) -> bool {
        let removed = store.remove_association("company_person", &self.association, &self.person);
        removed.await.unwrap()
    }

    async fn shown(&self) -> Json {
        let store = self.test.uncached_store();
        let person = store.read_person_by_gsid(&self.person).await.unwrap().unwrap();
        store.render_person(&person).await.unwrap()
    }
}

#[tokio::test]
async fn a_packet_from_before_the_removal_does_not_bring_it_back() {
    let employee = Employee::new().await;
    let proxy = Proxy::new(HeldCall::late_packet("UpdateItem"));
    let url = Arc::clone(&proxy).listen().await;
    let store =
        Store::new(connect_with_attempt_timeout(&url, ATTEMPT), &TestStack::from_env().table);
    upsert(&store.for_tenant(employee.test.tenant.clone()), &employee.body).await;
    assert!(employee.remove(&employee.test.uncached_store()).await);
    assert!(!proxy.deliver().await);
    assert_eq!(employee.shown().await["companies"], json!([]));
}

/// A write between the read of a removal and its own write stays.
#[tokio::test]
async fn a_removal_keeps_what_was_written_since_its_read() {
    let employee = Employee::new().await;
    let proxy = Proxy::new(HeldCall::slow_call("UpdateItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(employee.test.tenant.clone());
    let (removed, ()) = tokio::join!(employee.remove(&store), async {
        proxy.wait_until_held().await;
        let other = json!({ "Email": "a@abc.com", "Location": "new" });
        upsert(&employee.test.uncached_store(), &other).await;
        assert!(!proxy.deliver().await, "the person is not as it was read");
    });
    assert!(removed);
    let shown = employee.shown().await;
    assert_eq!((&shown["location"], &shown["companies"]), (&json!("new"), &json!([])));
}

/// The removal is done, its answer is lost, and somebody makes the association again before the
/// store's client repeats the call.
#[tokio::test]
async fn a_repeated_removal_does_not_remove_what_was_made_since() {
    let employee = Employee::new().await;
    let proxy = Proxy::new(HeldCall::retried_call("UpdateItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(employee.test.tenant.clone());
    let (removed, ()) = tokio::join!(employee.remove(&store), async {
        proxy.wait_until_held().await;
        assert_eq!(employee.shown().await["companies"], json!([]));
        upsert(&employee.test.uncached_store(), &employee.body).await;
        assert!(!proxy.deliver().await);
    });
    assert!(removed, "the call has removed it");
    assert_eq!(employee.shown().await["companies"].as_array().unwrap().len(), 1);
}

/// The removal is done and its answer is lost, and nothing else happens.
#[tokio::test]
async fn a_removal_whose_answer_was_lost_is_done() {
    let employee = Employee::new().await;
    let proxy = Proxy::new(HeldCall::retried_call("UpdateItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(employee.test.tenant.clone());
    let (removed, ()) = tokio::join!(employee.remove(&store), async {
        proxy.wait_until_held().await;
        assert!(!proxy.deliver().await);
    });
    assert!(removed);
    assert_eq!(employee.shown().await["companies"], json!([]));
}
