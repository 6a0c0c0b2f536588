//! The functions of Gainsight PX are killed after each effect of the engine of identities: their
//! callers have no answer and call again.

use people_domain::identity::{
    ExternalId, IdentifiedPerson, IdentityKind, IdentityWrite, SentEmail, WriteMode,
};
use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_testkit::external_id;
use serde_json::{Value as Json, json};

use super::start_harness;
use crate::crash::harness::*;

const PX_CREATE: &str = "px-user-create";
const PX_UPDATE: &str = "px-user-update";
const PX_DELETE: &str = "px-user-delete";
const PX_IDENTIFY: &str = "px-identify";

/// A call of Gainsight PX: function, method, path, body.
type PxCall = (&'static str, &'static str, &'static str, Json);

/// Makes a call whose process dies, unless it has died before, and makes it again. Returns whether
/// the process died, and the answer.
async fn call_twice(
    harness: &JobHarness,
    (function, method, path, body): &PxCall,
) -> (bool, u64, Json) {
    let (path, body) = (format!("/v1/{path}"), body.to_string());
    let first = harness.call(function, method, &path, &body).await;
    let died = first.is_err();
    let (status, body) = match first {
        Ok(answer) => answer,
        Err(_) => harness.call(function, method, &path, &body).await.unwrap(),
    };
    (died, status, body)
}

fn create(id: &str, email: Option<&str>) -> PxCall {
    let body = json!({ "identifyId": id, "email": email, "propertyKeys": ["AP-1"], "title": "t" });
    (PX_CREATE, "POST", "users", body)
}

async fn person_of_px(harness: &JobHarness, id: &str) -> IdentifiedPerson {
    let id = external_id(IdentityKind::Px, id);
    harness.test.uncached_store().read_person_by_id(&id).await.unwrap().unwrap()
}

/// The callers repeat calls that had no answer: creations, a join, and an email change.
pub(super) async fn kill_in_px_writes(point: &str) {
    let identify = |id: &str, email: &str| {
        let user = json!({ "id": id, "email": email, "title": "t" });
        (PX_IDENTIFY, "POST", "identify", json!({ "user": user }))
    };
    let change = (PX_UPDATE, "PUT", "users/a", json!({ "email": "a2@abc.com" }));
    let [plain, joined] = [create("a", None), create("b", Some("q@abc.com"))];
    let scripts: [&[PxCall]; 4] = [
        &[plain.clone(), change],
        &[joined],
        &[identify("b", "q@abc.com")],
        &[identify("b", "free@abc.com"), identify("b", "free2@abc.com")],
    ];
    for script in scripts {
        let functions = [PX_CREATE, PX_UPDATE, PX_IDENTIFY];
        let harness = start_harness(&functions, point).await;
        let people = json!({ "Email": "q@abc.com", "FirstName": "Q" });
        let store = harness.test.uncached_store();
        store.ingest_record(&people, &Lookups::default()).await.unwrap().unwrap();
        let mut has_died = false;
        for call in script {
            let (died, status, body) = call_twice(&harness, call).await;
            has_died |= died;
            // A creation that was applied before its process died makes the id a known one.
            assert!(
                [200, 201, 204].contains(&status) || status == 400 && call.0 == PX_CREATE,
                "{body}"
            );
        }
        assert!(has_died, "nothing died at {point}");
        let faults = harness.test.find_identity_faults().await;
        assert_eq!(faults, Vec::<String>::new(), "{point}");
        let id =
            if script[0].0 == PX_CREATE && script[0].3["identifyId"] == "a" { "a" } else { "b" };
        let person = person_of_px(&harness, id).await;
        assert!(person.attributes.contains_key("X|ti"), "{point}: {:?}", person.attributes.keys());
        let entries = harness.test.read_px_user_entries().await;
        assert!(entries.contains(&person.gsid[18..].to_owned()), "{point}: not listed");
        harness.stop().await;
    }
}

/// Deletes a user whom only PX knows, and one whom the People API has written to.
pub(super) async fn kill_in_px_delete(point: &str) {
    for is_known in [false, true] {
        if is_known && point == "identity.counted" {
            continue;
        }
        let harness = start_harness(&[PX_DELETE], point).await;
        let store = harness.test.uncached_store();
        let id = make_px_user(&harness, "a", "a@abc.com").await;
        if is_known {
            let people = json!({ "Email": "a@abc.com", "FirstName": "A" });
            store.ingest_record(&people, &Lookups::default()).await.unwrap().unwrap();
        }
        let (died, status, body) =
            call_twice(&harness, &(PX_DELETE, "DELETE", "users/a", Json::Null)).await;
        assert!(status == 204 || status == 404, "{point}: {body}");
        assert!(died, "nothing died at {point}");
        assert!(store.read_person_by_id(&id).await.unwrap().is_none(), "{point}");
        let email = Email::parse("a@abc.com").unwrap();
        let person = store.read_person_by_email(&email).await.unwrap();
        assert_eq!(person.is_some(), is_known, "{point}");
        assert_eq!(harness.test.find_identity_faults().await, Vec::<String>::new(), "{point}");
        harness.stop().await;
    }
}

/// A person that lost an id and got another moves out when the first id comes back.
pub(super) async fn kill_in_return_of_id(point: &str) {
    let harness = start_harness(&[PX_CREATE], point).await;
    let store = harness.test.uncached_store();
    let id = make_px_user(&harness, "old", "a@abc.com").await;
    let people = json!({ "Email": "a@abc.com", "FirstName": "A" });
    let written = store.ingest_record(&people, &Lookups::default()).await.unwrap().unwrap();
    assert!(store.release_id(&id).await.unwrap());
    make_px_user(&harness, "new", "a@abc.com").await;
    let (died, status, body) = call_twice(&harness, &create("old", None)).await;
    assert_eq!(status, 201, "{body}");
    assert!(died, "nothing died at {point}");
    assert_eq!(person_of_px(&harness, "new").await.gsid, written.person.gsid);
    assert_ne!(person_of_px(&harness, "old").await.gsid, written.person.gsid);
    assert_eq!(harness.test.find_identity_faults().await, Vec::<String>::new());
    harness.stop().await;
}

async fn make_px_user(harness: &JobHarness, id: &str, email: &str) -> ExternalId {
    let id = external_id(IdentityKind::Px, id);
    let email = Email::parse(email).unwrap();
    let (mode, merges, assignments) = (WriteMode::Upsert, false, Vec::new());
    let email = Some(SentEmail::Valid(email));
    let write = IdentityWrite { id: id.clone(), email, mode, merges, assignments };
    harness.test.uncached_store().write_identity(&write).await.unwrap();
    id
}
