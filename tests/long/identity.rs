//! Callers of the People API and of Gainsight PX write a few people at the same time, over HTTP, while
//! the network between the functions and the store loses answers and delivers packets late and twice.
//! Each acknowledged value is there, and all slots fit together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use people_domain::identity::IdentityKind;
use people_domain::ids::gsid::Gsid;
use people_domain::schema::metadata::CustomField;
use people_domain::values::FieldType;
use people_lambda::build_app;
use people_storage::Store;
use people_testkit::{TestTenant, external_id};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::store::proxy::{Proxy, Throttle};

const RUNS: u64 = 10;
const CALLERS: usize = 24;
const CALLS: usize = 30;

/// The fewest acknowledged writes of all runs.
const WRITES_MIN: usize = 5_000;

/// The most write units of a call: attempts and their transactions.
const UNITS_EACH_MAX: usize = 20;

/// The last value of each caller for each person, by GSID.
type Written = HashMap<(String, usize), usize>;

/// The two doors, each a process with a store of its own, as HTTP servers.
#[derive(Clone)]
struct Doors {
    people: String,
    px: String,
    key: String,
    client: reqwest::Client,
}

async fn listen(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

impl Doors {
    async fn new(people: &Store, px: &Store, key: &str) -> Self {
        let deadline = Duration::from_secs(25);
        let (access, routes) = (people_upsert::ROUTE_ACCESS, people_upsert::routes());
        let people = build_app(people, deadline, access, routes);
        let routes = px_user_create::routes().merge(px_user_delete::routes());
        let routes = routes.merge(px_identify::routes());
        let px = build_app(px, deadline, px_identify::ROUTE_ACCESS, routes);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { people: listen(people).await, px: listen(px).await, key: key.to_owned(), client }
    }

    async fn call(&self, method: Method, url: String, header: &str, body: &Json) -> (u16, Json) {
        let request = self.client.request(method, url).header(header, &self.key).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Json::Null))
    }

    async fn upsert_person(&self, body: &Json) -> (u16, Json) {
        let url = format!("{}/v1/peoplemgmt/v1.0/people", self.people);
        self.call(Method::PUT, url, "accesskey", body).await
    }

    async fn call_px(&self, method: Method, path: &str, body: &Json) -> (u16, Json) {
        let url = format!("{}/v1/{path}", self.px);
        self.call(method, url, "x-aptrinsic-api-key", body).await
    }
}

/// A repeatable sequence of numbers.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        let Self(state) = self;
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        usize::try_from(*state >> 33).unwrap() % below
    }
}

/// One caller, whose calls follow one another.
struct Caller {
    number: usize,
    doors: Doors,
    numbers: Numbers,
    /// Ids and emails that the callers share.
    names: usize,
    people: Written,
    users: Written,
    /// The GSIDs that it knows.
    gsids: Vec<String>,
}

impl Caller {
    fn email(&mut self) -> String {
        format!("e{}@abc.com", self.numbers.next(self.names))
    }

    fn id(&mut self) -> String {
        format!("id{}", self.numbers.next(self.names))
    }

    async fn make_call(&mut self, sequence: usize) {
        match self.numbers.next(10) {
            0..3 => {
                let email = self.email();
                self.upsert_person(json!({ "Email": email }), sequence).await;
            }
            3 if !self.gsids.is_empty() => {
                let gsid = self.gsids[self.numbers.next(self.gsids.len())].clone();
                let email = self.email();
                self.upsert_person(json!({ "Gsid": gsid, "Email": email }), sequence).await;
            }
            4 => self.create_user(sequence).await,
            _ => self.identify(sequence).await,
        }
    }

    async fn upsert_person(&mut self, mut body: Json, sequence: usize) {
        body[format!("C{}__gc", self.number)] = json!(sequence.to_string());
        let (status, answer) = self.doors.upsert_person(&body).await;
        // A GSID whose person is gone or has no email, or an email that somebody else has.
        if status == 400 && body.get("Gsid").is_some() {
            return;
        }
        assert_eq!(status, 200, "{answer}");
        let gsid = answer["data"]["personGsid"].as_str().unwrap().to_owned();
        self.gsids.push(gsid.clone());
        self.people.insert((gsid, self.number), sequence);
    }

    async fn identify(&mut self, sequence: usize) {
        let mut user =
            json!({ "id": self.id(), format!("c{}", self.number): sequence.to_string() });
        if self.numbers.next(3) > 0 {
            user["email"] = json!(self.email());
        }
        let (status, answer) =
            self.doors.call_px(Method::POST, "identify", &json!({ "user": user })).await;
        assert_eq!(status, 200, "{answer}");
        self.note_user(&answer, sequence);
    }

    async fn create_user(&mut self, sequence: usize) {
        let custom = json!({ format!("c{}", self.number): sequence.to_string() });
        let user = json!({ "identifyId": self.id(), "email": self.email(), "propertyKeys": ["AP-1"],
            "customAttributes": custom });
        let (status, answer) = self.doors.call_px(Method::POST, "users", &user).await;
        assert!(status == 201 || status == 400, "{status} {answer}");
        if status == 201 {
            self.note_user(&answer, sequence);
        }
    }

    fn note_user(&mut self, answer: &Json, sequence: usize) {
        let gsid = answer["aptrinsicId"].as_str().unwrap().to_owned();
        self.gsids.push(gsid.clone());
        self.users.insert((gsid, self.number), sequence);
    }
}

async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    for n in 0..CALLERS {
        let name = format!("C{n}__gc");
        let field = CustomField::new("person", &name, FieldType::String, &format!("z{n}"));
        store.write_field(&field).await.unwrap();
        let name = format!("c{n}");
        let field = CustomField::new("px_user", &name, FieldType::String, &format!("q{n}"));
        store.write_field(&field).await.unwrap();
    }
    test
}

/// Checks that each person that is there has what was acknowledged to be written to it, and nothing
/// older. Returns the number of values that were compared.
async fn check_written(
    test: &TestTenant,
    people: &Written,
    users: &Written,
    erases: bool,
) -> usize {
    let items = test.read_items().await;
    let prefix = test.tenant.ids.object_key(people_domain::ids::gsid::GsidKind::Person);
    let by_gsid: HashMap<String, _> = items
        .iter()
        .filter_map(|item| Some((format!("{prefix}{}", item.get("g")?.as_str()?), item)))
        .collect();
    let mut compared = 0;
    let values = people.iter().map(|(key, sequence)| (key, sequence, "z"));
    let values = values.chain(users.iter().map(|(key, sequence)| (key, sequence, "X|q")));
    for ((gsid, caller), sequence, code) in values {
        let Some(item) = by_gsid.get(gsid) else {
            assert!(erases, "{gsid} is gone, and nobody erased it");
            continue;
        };
        match item.get(&format!("{code}{caller}")) {
            Some(value) => assert_eq!(value, &json!(sequence.to_string()), "{code}{caller} {gsid}"),
            None => assert!(erases && code == "X|q", "{code}{caller} of {gsid} is lost"),
        }
        compared += 1;
    }
    compared
}

/// The figures of one run.
struct Run {
    acknowledged: usize,
    compared: usize,
    units: usize,
    late: usize,
    slowest: Duration,
}

async fn run(seed: u64) -> Run {
    let (test, erases, names) =
        (create_tenant().await, seed % 2 == 1, 8 + usize::try_from(seed).unwrap() * 2);
    let [people, px] = [(), ()].map(|()| Proxy::new(Throttle::Unreliable));
    let stores = (Arc::clone(&people).start().await, Arc::clone(&px).start().await);
    let doors = Doors::new(&stores.0, &stores.1, &test.key).await;
    let slowest = Arc::new(Mutex::new(Duration::ZERO));
    let callers = (0..CALLERS).map(|number| {
        let numbers = Numbers(seed * 1_000 + number as u64);
        let (doors, test, slowest) = (doors.clone(), test.clone(), Arc::clone(&slowest));
        let (people, users, gsids) = (Written::new(), Written::new(), Vec::new());
        let mut caller = Caller { number, doors, numbers, names, people, users, gsids };
        async move {
            for sequence in 0..CALLS {
                let began = Instant::now();
                caller.make_call(sequence).await;
                let mut slowest = slowest.lock().await;
                *slowest = slowest.max(began.elapsed());
                drop(slowest);
                if erases && caller.numbers.next(12) == 0 {
                    let path = format!("users/{}", caller.id());
                    let (status, _) =
                        caller.doors.call_px(Method::DELETE, &path, &Json::Null).await;
                    assert!(status == 204 || status == 404, "{status}");
                }
                if erases && caller.numbers.next(20) == 0 && !caller.gsids.is_empty() {
                    let gsid = caller.gsids[caller.numbers.next(caller.gsids.len())].clone();
                    let found = test.find_people(&[Gsid::parse(&gsid).unwrap()]).await;
                    let job = test.create_job(people_storage::jobs::JobKind::Delete).await;
                    test.erase_people(&found, &job.id).await;
                }
            }
            (caller.people, caller.users)
        }
    });
    let (mut written, mut users) = (Written::new(), Written::new());
    for (people, own_users) in futures::future::join_all(callers).await {
        written.extend(people);
        users.extend(own_users);
    }
    people.wait_until_all_arrived().await;
    px.wait_until_all_arrived().await;
    assert_eq!(test.find_identity_faults().await, Vec::<String>::new());
    let compared = check_written(&test, &written, &users, erases).await;
    for n in 0..names {
        let id = external_id(IdentityKind::Px, &format!("id{n}"));
        let found = test.uncached_store().read_person_by_id(&id).await.unwrap();
        assert!(erases || found.is_some());
    }
    let slowest = *slowest.lock().await;
    let [units, late] = [people.writes() + px.writes(), people.throttled() + px.throttled()];
    Run { acknowledged: CALLERS * CALLS, compared, units, late, slowest }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_between_people_and_px() {
    let mut acknowledged = 0;
    for seed in 0..RUNS {
        let run = run(seed).await;
        acknowledged += run.acknowledged;
        println!(
            "run {seed}: {} calls, {} values compared, {} single writes, {} packets late, the \
             slowest call {:.2} s",
            run.acknowledged,
            run.compared,
            run.units,
            run.late,
            run.slowest.as_secs_f32()
        );
        assert!(run.units <= UNITS_EACH_MAX * run.acknowledged);
    }
    assert!(acknowledged >= WRITES_MIN, "{acknowledged}");
}
