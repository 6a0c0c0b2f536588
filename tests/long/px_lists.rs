//! Lists of Gainsight PX users: twenty among 300,000 people of the People API, and 100,000 read page by
//! page, as a public client does, while others come and go.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use people_domain::identity::IdentityKind;
use people_domain::ids::gsid::GsidKind;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::px::{ListQuery, ListRequest, PxObject};
use people_storage::{QueryLimits, keys};
use people_testkit::{Api, TestTenant, external_id};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::reads::load::LargeTenant;

const PEOPLE: usize = 300_000;
const FEW: usize = 20;
const MANY: usize = 100_000;

/// Items of one call, half of them people and half entries.
const BATCH: usize = 24;
const CALLS: usize = 8;

const PAGE_SIZE: usize = 1_000;

/// The most that the first page of a few users may read: the shards of their entries, and they.
const FIRST_PAGE_UNITS_MAX: f64 = 100.0;

async fn call_px(api: &Api, method: Method, path: &str, body: &Json) -> (u16, Json) {
    let reply = api.send(api.request(method, &format!("/v1/{path}")).json(body)).await;
    (reply.status.as_u16(), reply.body)
}

/// The first page of a list without parameters, by the store: rows, read units and seconds.
async fn read_first_page(test: &TestTenant) -> (usize, f64, f64) {
    let store = test.cached_store();
    let metadata = store.read_metadata().await.unwrap();
    let request = ListRequest::parse(PxObject::User, std::iter::empty(), store.ids()).unwrap();
    let query = ListQuery::from_request(&request, &metadata).unwrap();
    let (units, began) = (store.usage().units, Instant::now());
    let page = store.list_px(&query, QueryLimits::default()).await.unwrap();
    (page.rows.len(), store.usage().units - units, began.elapsed().as_secs_f64())
}

/// Puts users and their entries into the table as creations would store them.
async fn put_users(test: &TestTenant, numbers: std::ops::Range<usize>) -> Vec<String> {
    let tenant = &test.tenant;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let (mut requests, mut gsids) = (Vec::new(), Vec::new());
    for n in numbers {
        let id = format!("user{n}");
        let slot = tenant.ids.locator_of_id(&external_id(IdentityKind::Px, &id));
        let part = TenantIds::new_incarnation(&slot, n as u128);
        let stamp = test.store.new_stamp();
        let key = keys::slot_key(&tenant.id, &slot);
        let entry = keys::px_user_entry_key(&tenant.id, &part);
        let (stamp, title) = (stamp.as_str(), format!("Head of Department {}", n % 50));
        let person: HashMap<_, _> = [
            ("pk", &*key.pk),
            ("sk", &*key.sk),
            ("b", stamp),
            ("v", stamp),
            ("g", &*part),
            ("X", &*id),
            ("X|ti", &*title),
        ]
        .map(|(name, value)| (name.to_owned(), text(value)))
        .into();
        let entry = [("pk", &entry.pk), ("sk", &entry.sk)];
        let entry = entry.map(|(name, value)| (name.to_owned(), text(value))).into();
        for item in [person, entry] {
            let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        gsids.push(tenant.ids.gsid_of_part(GsidKind::Person, &part));
    }
    let call = test.stack.client().batch_write_item();
    let written = call.request_items(&test.stack.table, requests).send().await.unwrap();
    assert!(written.unprocessed_items.unwrap_or_default().is_empty());
    gsids
}

/// Reads all pages as the public client does: it stops once it has totalHits rows. Returns the GSIDs
/// and the longest page.
async fn read_like_the_tap(api: &Api) -> (Vec<String>, Duration) {
    let (mut gsids, mut scroll, mut slowest) = (Vec::new(), None::<String>, Duration::ZERO);
    loop {
        let began = Instant::now();
        let scroll_id = scroll.as_ref().map(|id| format!("&scrollId={id}")).unwrap_or_default();
        let path = format!("users?pageSize={PAGE_SIZE}{scroll_id}");
        let (status, page) = call_px(api, Method::GET, &path, &Json::Null).await;
        assert_eq!(status, 200, "{page}");
        slowest = slowest.max(began.elapsed());
        let users = page["users"].as_array().unwrap();
        gsids.extend(users.iter().map(|user| user["aptrinsicId"].as_str().unwrap().to_owned()));
        scroll = page["scrollId"].as_str().map(str::to_owned);
        if gsids.len() as u64 >= page["totalHits"].as_u64().unwrap() {
            return (gsids, slowest);
        }
    }
}

/// Creates users and deletes them, until told to stop.
async fn come_and_go(api: &Api, stop: &AtomicBool) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        let user = json!({ "identifyId": format!("guest{count}"), "propertyKeys": ["AP-1"] });
        assert_eq!(call_px(api, Method::POST, "users", &user).await.0, 201);
        if count % 2 == 1 {
            let path = format!("users/guest{}", count - 1);
            assert_eq!(call_px(api, Method::DELETE, &path, &Json::Null).await.0, 204);
        }
        count += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_listed_at_the_cost_of_users() {
    let LargeTenant { test, .. } = LargeTenant::of(PEOPLE).await;
    let api = test.api().with_key_header("x-aptrinsic-api-key");
    for n in 0..FEW {
        // The emails of some of the people.
        let email = format!("person{n}@mail{}.example.com", n % 100);
        let user = json!({ "user": { "id": format!("few{n}"), "email": email } });
        assert_eq!(call_px(&api, Method::POST, "identify", &user).await.0, 200);
    }
    let (rows, units, seconds) = read_first_page(&test).await;
    println!("{FEW} users among {PEOPLE} people: first page {units} units, {seconds:.3} s");
    assert_eq!(rows, FEW);
    assert!(units <= FIRST_PAGE_UNITS_MAX, "{units}");

    let batches = stream::iter((0..MANY).step_by(BATCH / 2))
        .map(|first| put_users(&test, first..(first + BATCH / 2).min(MANY)));
    let users: Vec<Vec<String>> = batches.buffer_unordered(CALLS).collect().await;
    let users: HashSet<String> = users.into_iter().flatten().collect();
    let (rows, units, seconds) = read_first_page(&test).await;
    println!("{MANY} users: first page of {rows} {units} units, {seconds:.3} s");
    let (stop, began) = (AtomicBool::new(false), Instant::now());
    let read = async {
        let read = read_like_the_tap(&api).await;
        stop.store(true, Ordering::Relaxed);
        read
    };
    let ((gsids, slowest), guests) = tokio::join!(read, come_and_go(&api, &stop));
    println!(
        "{} rows in {:.1} s, the slowest page {:.2} s, {guests} users came and half of them went",
        gsids.len(),
        began.elapsed().as_secs_f32(),
        slowest.as_secs_f32(),
    );
    let seen: HashSet<_> = gsids.iter().cloned().collect();
    assert_eq!(seen.len(), gsids.len(), "nobody comes twice");
    assert_eq!(users.difference(&seen).count(), 0, "nobody is missed");
}
