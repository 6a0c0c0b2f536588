//! People by the ids of other systems, and by their emails through the People API.

mod cost;
mod erasure;
mod race;
mod rows;
mod table;

use people_domain::identity::{IdentityKind, IdentityWrite, SentEmail, WriteMode};
use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_domain::people::Assignment;
use people_domain::values::Value;
use people_storage::{IdentityOutcome, TenantStore, UpsertedPerson};
use people_testkit::{TestTenant, external_id};
use serde_json::Value as Json;

use IdentityKind::{GoSquared, Ptengine, Px};

/// A write that sets the value `note` of the system to `note`.
pub(crate) fn build_write(
    kind: IdentityKind,
    id: &str,
    email: Option<&str>,
    note: &str,
) -> IdentityWrite {
    let email = email.map(|email| match Email::parse(email) {
        Ok(email) => SentEmail::Valid(email),
        Err(_) => SentEmail::IllFormed(email.to_owned()),
    });
    let set = Assignment::Set(Some(Value::Text(note.to_owned())));
    IdentityWrite {
        id: external_id(kind, id),
        email,
        mode: WriteMode::Upsert,
        merges: false,
        assignments: vec![(kind.value_attribute("note"), set)],
    }
}

pub(crate) async fn upsert_people(store: &TenantStore, person: Json) -> UpsertedPerson {
    store.ingest_record(&person, &Lookups::default()).await.unwrap().unwrap()
}

/// The outcome of a write by an id, as tests compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) gsid: String,
    pub(crate) printed: Option<String>,
    pub(crate) created: bool,
    pub(crate) joined: bool,
}

pub(crate) async fn write(store: &TenantStore, write: &IdentityWrite) -> Seen {
    match store.write_identity(write).await.unwrap() {
        IdentityOutcome::Written { person, created, joined } => Seen {
            printed: person.printed_email().map(str::to_owned),
            gsid: person.gsid,
            created,
            joined,
        },
        IdentityOutcome::Refused(refusal) => panic!("{refusal:?}"),
    }
}

/// The GSID of the person that holds an id.
pub(crate) async fn gsid_of(test: &TestTenant, kind: IdentityKind, id: &str) -> Option<String> {
    let store = test.uncached_store();
    store.read_person_by_id(&external_id(kind, id)).await.unwrap().map(|person| person.gsid)
}

/// The GSID of the person that holds an email, as the People API finds it.
pub(crate) async fn gsid_of_email(test: &TestTenant, email: &str) -> Option<String> {
    let email = Email::parse(email).unwrap();
    test.uncached_store().read_person_by_email(&email).await.unwrap().map(|person| person.gsid)
}

pub(crate) async fn assert_whole(test: &TestTenant) {
    assert_eq!(test.find_identity_faults().await, Vec::<String>::new());
}
