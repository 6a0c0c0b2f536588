//! The largest page of a query, as public connectors ask for it: 5,000 people with all their fields
//! (contract: envelope#compressed-answers).

use people_domain::limit;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Api, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::compressed_answers::send_accepting_gzip;
use crate::envelope::assert_refused;
use crate::jobs::poll::wait_for_job;
use crate::jobs::uploads::{create_upload, gzip, put_file};

const PEOPLE: usize = limit::QUERY_ROWS_MAX;

const WORDS: &str = "account adoption after agreed before budget call champion change contract customer decision \
    demo executive expansion follow forecast happy health implementation integration issue January kickoff license \
    market meeting migration monthly needs onboarding owner partner pilot plan platform pricing product project \
    quarter question region release renewal report review risk rollout sales satisfied security seats sponsor \
    stakeholder summary support team ticket training update upgrade usage value vendor waiting webinar workshop";

const NAMES: &str = "Anna Béatrice Carlos Daniela Emeka Fatima Giovanni Hannah Ingrid Jürgen Kavita Liam María Nguyễn \
    Oksana Priya Quentin Rosa Søren Tomáš Ursula Viktor Wanjiru Ximena Yusuf Zoë";

/// Texts that repeat themselves about as much as people's data do.
struct Texts {
    state: u64,
    words: Vec<&'static str>,
    names: Vec<&'static str>,
}

impl Texts {
    fn new() -> Self {
        let [words, names] = [WORDS, NAMES].map(|list| list.split_whitespace().collect());
        Self { state: 1, words, names }
    }

    /// A number below `end`.
    fn number(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        (self.state >> 33) as usize % end
    }

    fn word(&mut self) -> &'static str {
        let at = self.number(self.words.len());
        self.words[at]
    }

    fn name(&mut self) -> &'static str {
        let at = self.number(self.names.len());
        self.names[at]
    }

    fn sentence(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// Letters and digits without a pattern, as in ids.
    fn id(&mut self, chars: usize) -> String {
        (0..chars).filter_map(|_| char::from_digit(self.number(36) as u32, 36)).collect()
    }

    /// A person with every field that a caller may set.
    fn person(&mut self, n: usize) -> Json {
        let (first, last) = (self.name(), format!("{}{}", self.name(), self.id(4)));
        json!({
            "Name": format!("{first} {last}"), "FirstName": first, "LastName": last,
            "MiddleName": self.name(),
            "Email": format!("{}.{n}@{}.example.com", self.id(8), self.word()),
            "LinkedinUrl": format!("https://www.linkedin.com/in/{}-{}", self.word(), self.id(9)),
            "Location": format!("{}, {}", self.name(), self.name()),
            "Timezone": format!("America/{}", self.name()),
            "Comments": self.sentence(80), "EmailOptOut": n.is_multiple_of(7),
            "ExternalRecordID__gc": self.id(18), "DynamicResolutionKey": self.id(36),
            "MasterRecordID": self.id(18), "MasterAvatarTypeCode": self.number(9),
            "Score__gc": self.number(100_000), "Since__gc": format!("20{}-0{}-1{}", 10 + self.number(15), 1 + self.number(9), self.number(10)),
            "Profile__gc": format!("https://crm.example.com/people/{}?tab={}", self.id(24), self.word()),
            "Notes__gc": self.sentence(30),
        })
    }
}

/// A tenant with some fields of its own, whose people were loaded by a job.
async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let fields = json!({
        "Score__gc": { "type": "NUMBER" }, "Since__gc": { "type": "DATE" },
        "Profile__gc": { "type": "URL" }, "Notes__gc": { "type": "RICHTEXTAREA" },
    });
    let schema = json!({ "objects": { "person": { "fields": fields } } });
    let schema: SchemaFile = serde_json::from_value(schema).unwrap();
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    let mut texts = Texts::new();
    let people: Vec<_> = (0..PEOPLE).map(|n| texts.person(n)).collect();
    let api = test.api();
    let upload = create_upload(&api).await;
    put_file(&upload, gzip(json!({ "records": people }).to_string().as_bytes())).await;
    let done = wait_for_job(&api, &upload).await;
    assert_eq!(done.body["data"]["response"]["successCount"], PEOPLE, "{}", done.body);
    test
}

/// Every field of people that a query prints.
async fn list_fields(api: &Api) -> Vec<Json> {
    let reply = api.get("/v1/meta/services/objects/person/describe").await;
    let fields = reply.body["data"][0]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["fieldName"].clone()).collect()
}

#[tokio::test]
async fn five_thousand_people_with_all_fields_are_one_answer_if_gzip_is_accepted() {
    let test = create_tenant().await;
    let api = test.api();
    let fields = list_fields(&api).await;
    assert!(fields.len() >= 22, "{fields:?}");
    let query = json!({ "select": fields, "limit": PEOPLE });
    let path = "/v1/data/objects/query/person";
    let request = api.request(Method::POST, path).json(&query);
    let (reply, bytes) = send_accepting_gzip(request).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    let rows = reply.body["data"]["records"].as_array().unwrap();
    assert_eq!(rows.len(), PEOPLE);
    let is_whole =
        |row: &Json| row.as_object().unwrap().values().filter(|cell| !cell.is_null()).count() >= 20;
    assert!(rows.iter().all(is_whole), "{}", rows[0]);
    let plain = reply.body.to_string().len();
    assert!(
        plain > limit::RESPONSE_BYTES_MAX && bytes < limit::COMPRESSED_RESPONSE_BYTES_MAX,
        "{plain} bytes, {bytes} with gzip"
    );
    // The same for a caller that does not accept gzip would be more than Lambda passes on.
    let refused = api.post(path, &query).await;
    assert_refused(&refused, 503, "GSOBJ_VCRUDR1001");
    let text = refused.body["errorDesc"].as_str().unwrap();
    assert!(text.contains("Accept-Encoding: gzip"), "{text}");
}
