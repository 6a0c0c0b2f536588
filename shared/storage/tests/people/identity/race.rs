//! Many callers write a few people at the same time by all kinds of ids; nothing that was
//! acknowledged is lost, and all slots fit together.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Mutex;

use super::*;

const CALLERS: usize = 24;
const CALLS: usize = 12;
const NAMES: usize = 8;

/// A small generator of numbers, so that a run can be repeated.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 40).unwrap()
}

/// One call of a caller. Returns the note that it wrote and the id that must show it.
async fn call_once(
    store: &TenantStore,
    state: &mut u64,
    note: &str,
) -> Option<(IdentityKind, String)> {
    let kind = [Px, GoSquared, Ptengine][next(state) % 3];
    let (id, email) =
        (format!("id{}", next(state) % NAMES), format!("e{}@abc.com", next(state) % NAMES));
    let email = (kind != Ptengine && !next(state).is_multiple_of(3)).then_some(email);
    if next(state).is_multiple_of(5) {
        let email = format!("e{}@abc.com", next(state) % NAMES);
        upsert_people(store, json!({ "Email": email, "Location": note })).await;
        return None;
    }
    let mut call = build_write(kind, &id, email.as_deref(), note);
    call.merges = kind == GoSquared && next(state).is_multiple_of(2);
    call.assignments[0].0 = kind.value_attribute(note);
    write(store, &call).await;
    Some((kind, id))
}

async fn run(seed: u64, erases: bool) {
    let test = TestTenant::new().await;
    let written: Arc<Mutex<BTreeMap<String, (IdentityKind, String)>>> = Arc::default();
    let callers = (0..CALLERS).map(|caller| {
        let (test, written) = (test.clone(), written.clone());
        tokio::spawn(async move {
            let store = test.cached_store();
            let mut state = seed.wrapping_mul(1_000_003) + caller as u64;
            for call in 0..CALLS {
                let note = format!("n{caller}x{call}");
                if let Some(by) = call_once(&store, &mut state, &note).await {
                    written.lock().await.insert(note, by);
                }
                if erases && next(&mut state).is_multiple_of(12) {
                    let id = external_id(Px, &format!("id{}", next(&mut state) % NAMES));
                    store.release_id(&id).await.unwrap();
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_whole(&test).await;
    if erases {
        return;
    }
    let store = test.cached_store();
    for (note, (kind, id)) in &*written.lock().await {
        let person = store.read_person_by_id(&external_id(*kind, id)).await.unwrap().unwrap();
        assert!(
            person.attributes.contains_key(&kind.value_attribute(note)),
            "{kind:?} {id} {note}"
        );
    }
}

#[tokio::test]
async fn callers_of_all_systems_lose_nothing() {
    run(1, false).await;
}

#[tokio::test]
async fn erasures_among_them_leave_no_dangling_slot() {
    run(2, true).await;
}
