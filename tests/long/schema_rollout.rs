//! Running functions apply a changed schema within 60 s; meanwhile a write is accepted completely
//! or refused (ADR 33).

use std::time::{Duration, Instant};

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Api, TestTenant};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

/// Callers at a time: more than a function has instances, so that every instance is called.
const CALLERS: usize = 12;

/// How long a process may use the old schema.
const SCHEMA_DELAY_MAX: Duration = Duration::from_secs(60);

/// The pause between two rounds of calls.
const PAUSE: Duration = Duration::from_millis(500);

const OLD: &str = "Old__gc";
const NEW: [&str; 2] = ["New1__gc", "New2__gc"];

async fn apply_fields(test: &TestTenant, fields: &[&str]) {
    let fields: serde_json::Map<_, _> =
        fields.iter().map(|name| ((*name).to_owned(), json!({ "type": "STRING" }))).collect();
    let schema: SchemaFile =
        serde_json::from_value(json!({ "objects": { "person": { "fields": fields } } })).unwrap();
    let store = test.uncached_store();
    for change in diff_schemas(&store.export_schema().await.unwrap(), &schema) {
        store.apply_schema_change(&change).await.unwrap();
    }
}

/// A caller, with the person that it writes and the fields of its last accepted write.
struct Caller {
    api: Api,
    email: String,
    written: Json,
}

impl Caller {
    async fn new(test: &TestTenant, n: usize) -> Self {
        let (api, email) = (test.api(), format!("p{n}@abc.com"));
        let first = json!({ "FirstName": "first", OLD: "first" });
        let caller = Self { api, email, written: first };
        assert!(caller.put(&caller.written).await);
        caller
    }

    /// Writes fields and returns whether they were accepted. A refusal must concern the new fields.
    async fn put(&self, fields: &Json) -> bool {
        let mut body = fields.clone();
        body["Email"] = self.email.as_str().into();
        let reply = self.api.upsert_person(&body).await;
        let errors = reply.body["data"]["errors"].as_array().into_iter().flatten();
        for error in errors {
            assert_eq!(error["errorCode"], "GSOBJ_VCRUDR1002", "{}", reply.body);
            assert!(NEW.map(Json::from).contains(&error["field"]), "{}", reply.body);
        }
        match reply.status.as_u16() {
            200 => true,
            400 => false,
            _ => panic!("{} {}", reply.status, reply.body),
        }
    }

    /// Writes all fields, old and new, with one value and returns whether they were accepted.
    async fn write(&mut self, value: &str) -> bool {
        let fields = json!({ "FirstName": value, OLD: value, NEW[0]: value, NEW[1]: value });
        let accepted = self.put(&fields).await;
        if accepted {
            self.written = fields;
        }
        accepted
    }

    /// Checks that the stored fields are those of the last accepted write, and nothing of refused
    /// ones.
    async fn assert_last_write(&self, test: &TestTenant) {
        let email = people_domain::ids::email::Email::parse(&self.email).unwrap();
        let store = test.uncached_store();
        let person = store.read_person_by_email(&email).await.unwrap().unwrap();
        let shown = store.render_person(&person).await.unwrap();
        for field in ["FirstName", OLD, NEW[0], NEW[1]] {
            assert_eq!(shown[field.to_lowercase()], self.written[field], "{} {field}", self.email);
        }
    }
}

/// Lets each caller write and returns how many writes were accepted.
async fn write_with_all(callers: &mut Vec<Caller>, test: &TestTenant, value: &str) -> usize {
    let mut writes = JoinSet::new();
    for mut caller in callers.drain(..) {
        let (test, value) = (test.clone(), value.to_owned());
        writes.spawn(async move {
            let accepted = caller.write(&value).await;
            caller.assert_last_write(&test).await;
            (caller, accepted)
        });
    }
    let mut count = 0;
    while let Some(done) = writes.join_next().await {
        let (caller, accepted) = done.expect("no panic");
        callers.push(caller);
        count += usize::from(accepted);
    }
    count
}

#[tokio::test]
async fn a_changed_schema_is_seen_within_60_s_and_no_write_is_half_old() {
    let test = TestTenant::new().await;
    apply_fields(&test, &[OLD]).await;
    let mut callers = Vec::new();
    for n in 0..CALLERS {
        callers.push(Caller::new(&test, n).await);
    }
    // Every instance has cached the schema without the new fields.
    assert_eq!(write_with_all(&mut callers, &test, "before").await, 0);
    let writing = async {
        let mut rounds = 0;
        while write_with_all(&mut callers, &test, &format!("meanwhile {rounds}")).await == 0
            && rounds < 3
        {
            rounds += 1;
        }
    };
    let applied = async {
        apply_fields(&test, &[OLD, NEW[0], NEW[1]]).await;
        Instant::now()
    };
    let (applied, ()) = tokio::join!(applied, writing);
    let mut refused = Instant::now();
    for n in 0.. {
        let started = Instant::now();
        let accepted = write_with_all(&mut callers, &test, &n.to_string()).await;
        if accepted == CALLERS {
            break;
        }
        // All calls that are sent after the promised time must be accepted.
        refused = started;
        assert!(refused - applied < SCHEMA_DELAY_MAX, "{accepted} of {CALLERS} are accepted");
        tokio::time::sleep(PAUSE).await;
    }
    assert!(refused > applied, "functions had cached the old schema");
    let person = test.api().get_person(&callers[0].email).await.body["data"].clone();
    for field in ["firstname", "old__gc", "new1__gc", "new2__gc"] {
        assert_eq!(person[field], callers[0].written["FirstName"], "{field}");
    }
}
