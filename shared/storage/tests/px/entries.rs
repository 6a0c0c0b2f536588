//! Entries that lead to nobody, and people who are elsewhere than their entry says.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::identity::ExternalId;
use people_domain::lookup::Lookups;
use people_domain::px::parse_user_id;
use people_storage::keys;
use people_testkit::TestTenant;
use serde_json::json;

use crate::px::client::{read_users, write_user};

async fn put_entry(test: &TestTenant, part: &str) {
    let key = keys::px_user_entry_key(&test.tenant.id, part);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item =
        HashMap::from([(keys::PK.to_owned(), text(&key.pk)), (keys::SK.to_owned(), text(&key.sk))]);
    let client = test.stack.client();
    client.put_item().table_name(&test.stack.table).set_item(Some(item)).send().await.unwrap();
}

fn id(text: &str) -> ExternalId {
    parse_user_id(text).unwrap()
}

#[tokio::test]
async fn a_tenant_without_users_has_an_empty_list() {
    let test = TestTenant::new().await;
    let run = read_users(&test.uncached_store(), &[]).await;
    assert_eq!((run.ids.len(), run.totals, run.page_sizes), (0, vec![0], vec![0]));
}

#[tokio::test]
async fn an_entry_is_believed_only_if_its_person_holds_an_id() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    for name in ["a", "b", "c", "d"] {
        write_user(&store, name, json!({ "email": format!("{name}@abc.com") })).await;
    }
    // Nobody was made at the one, a person without an id is at the other.
    put_entry(&test, "0000000000000000AB").await;
    let body = json!({ "Email": "e@abc.com" });
    let person = store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap().person;
    put_entry(&test, &person.gsid[18..]).await;
    assert!(store.release_id(&id("b")).await.unwrap());
    // One is left by PX and stays a person of the People API, its entry too.
    let body = json!({ "Email": "c@abc.com", "FirstName": "x" });
    store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    let gsid = store.read_person_by_id(&id("c")).await.unwrap().unwrap().gsid;
    assert!(store.release_id(&id("c")).await.unwrap());
    put_entry(&test, &gsid[18..]).await;
    for size in ["1", "25"] {
        let run = read_users(&store, &[("pageSize", size)]).await;
        assert_eq!((run.sorted_ids(), run.totals[0]), (vec!["a".to_owned(), "d".to_owned()], 2));
    }
}

#[tokio::test]
async fn people_who_moved_are_listed_once() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let made = json!({ "Email": "a@abc.com", "FirstName": "a" });
    let gsid =
        store.ingest_record(&made, &Lookups::default()).await.unwrap().unwrap().person.gsid.clone();
    assert_eq!(write_user(&store, "a", json!({ "email": "a@abc.com" })).await, gsid);
    write_user(&store, "b", json!({ "email": "b@abc.com" })).await;
    for (at, email) in ["a2@abc.com", "a3@abc.com", "a@abc.com"].into_iter().enumerate() {
        let moved = json!({ "Gsid": gsid, "Email": email });
        store.ingest_record(&moved, &Lookups::default()).await.unwrap().unwrap();
        write_user(&store, "b", json!({ "email": format!("b{at}@abc.com") })).await;
        let run = read_users(&store, &[("pageSize", "1")]).await;
        assert_eq!((run.sorted_ids(), run.totals[0]), (vec!["a".to_owned(), "b".to_owned()], 2));
        let filter = format!("email=={email}");
        let run = read_users(&store, &[("filter", filter.as_str())]).await;
        assert_eq!((run.ids, run.totals), (vec!["a".to_owned()], vec![1]));
    }
}
