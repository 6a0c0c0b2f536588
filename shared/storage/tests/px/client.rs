//! Writes users and accounts, and reads lists as a client does.

use futures::stream::{self, StreamExt};
use people_domain::identity::{IdentityWrite, WriteMode};
use people_domain::px::{
    ListPage, ListQuery, ListRequest, PxObject, parse_new_account, parse_new_user,
};
use people_storage::{IdentityOutcome, PxAccountOutcome, QueryLimits, StoreError, TenantStore};
use serde_json::{Value as Json, json};

/// Writers at the same time.
const WRITERS: usize = 16;

/// The write of a user with more members.
pub(super) async fn user_write(
    store: &TenantStore,
    id: &str,
    more: Json,
    mode: WriteMode,
) -> IdentityWrite {
    let mut body = json!({ "identifyId": id, "propertyKeys": ["AP-1"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let metadata = store.read_metadata().await.unwrap();
    parse_new_user(&body, &metadata).unwrap().to_identity_write(mode)
}

/// Creates or updates a user; returns its GSID.
pub(super) async fn write_user(store: &TenantStore, id: &str, more: Json) -> String {
    write_user_in(store, id, more, WriteMode::Upsert).await
}

async fn write_user_in(store: &TenantStore, id: &str, more: Json, mode: WriteMode) -> String {
    let write = user_write(store, id, more, mode).await;
    match store.write_identity(&write).await.unwrap() {
        IdentityOutcome::Written { person, .. } => person.gsid,
        IdentityOutcome::Refused(refusal) => panic!("{refusal:?}"),
    }
}

/// Creates users several at a time; returns their GSIDs.
pub(super) async fn write_users(store: &TenantStore, ids: Vec<String>) -> Vec<String> {
    let write = |(at, id): (usize, String)| async move {
        let more = json!({ "score": at % 10, "title": format!("T{}", at % 7) });
        write_user_in(store, &id, more, WriteMode::Create).await
    };
    stream::iter(ids.into_iter().enumerate()).map(write).buffer_unordered(WRITERS).collect().await
}

pub(super) async fn write_account(store: &TenantStore, id: &str, more: Json) {
    let mut body = json!({ "id": id, "name": id, "propertyKeys": ["AP-1"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let metadata = store.read_metadata().await.unwrap();
    let write = parse_new_account(&body, &metadata).unwrap();
    let outcome = store.write_px_account(&write).await.unwrap();
    assert!(matches!(outcome, PxAccountOutcome::Written { created: true, .. }), "{outcome:?}");
}

/// One page, and the answer of the call.
pub(super) async fn read_page(
    store: &TenantStore,
    object: PxObject,
    parameters: &[(&str, &str)],
    limits: QueryLimits,
) -> Result<Json, StoreError> {
    let request = ListRequest::parse(object, parameters.iter().copied(), store.ids()).unwrap();
    let metadata = store.read_metadata().await.unwrap();
    let query = ListQuery::from_request(&request, &metadata).unwrap();
    let page: ListPage = store.list_px(&query, limits).await?;
    Ok(page.to_json(&request, store.ids()))
}

/// The rows that a client got by following scrollIds.
pub(super) struct ListRun {
    pub(super) ids: Vec<String>,
    /// Of each page.
    pub(super) totals: Vec<u64>,
    pub(super) page_sizes: Vec<usize>,
}

impl ListRun {
    /// The ids, sorted.
    pub(super) fn sorted_ids(&self) -> Vec<String> {
        let mut ids = self.ids.clone();
        ids.sort();
        ids
    }
}

/// Reads a list as the tap does: it stops when it has as many rows as totalHits, at an empty page,
/// and without a scrollId. `between` runs between two pages.
pub(super) async fn read_list(
    store: &TenantStore,
    object: PxObject,
    parameters: &[(&str, &str)],
    limits: QueryLimits,
    mut between: impl AsyncFnMut(),
) -> ListRun {
    let mut run = ListRun { ids: Vec::new(), totals: Vec::new(), page_sizes: Vec::new() };
    let mut answer = read_page(store, object, parameters, limits).await.unwrap();
    loop {
        let rows = answer[object.list_name()].as_array().unwrap();
        run.ids.extend(rows.iter().map(|row| row[object.id_name()].as_str().unwrap().to_owned()));
        run.page_sizes.push(rows.len());
        let total = answer["totalHits"].as_u64().unwrap();
        run.totals.push(total);
        let Some(scroll) = answer["scrollId"].as_str() else { return run };
        assert!(total > run.ids.len() as u64, "the tap stops too early");
        assert!(!rows.is_empty(), "an empty page before the end");
        let scroll = scroll.to_owned();
        between().await;
        let parameters = [("scrollId", scroll.as_str())];
        answer = read_page(store, object, &parameters, limits).await.unwrap();
    }
}

pub(super) async fn read_users(store: &TenantStore, parameters: &[(&str, &str)]) -> ListRun {
    read_list(store, PxObject::User, parameters, QueryLimits::default(), async || {}).await
}
