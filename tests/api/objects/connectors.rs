//! The request sequences of public connectors over a tenant to which others write meanwhile: nothing
//! is missed and nothing repeated (contract: query#paging, query#short-pages).

use aws_sdk_dynamodb::types::AttributeValue;
use people_testkit::{Api, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::query::query_rows;
use crate::store::released_chunks::{AttemptEnd, Chunk};
use people_domain::ids::access_key::AccessKey;
use people_domain::ids::gsid::GsidKind;
use people_domain::query::QueryRequest;
use people_storage::jobs::JobKind;
use people_storage::keys;

const PEOPLE: usize = 120;

/// People who stay while others come and go.
struct Crowd {
    test: TestTenant,
    company: String,
    staying: Vec<String>,
    turn: usize,
}

impl Crowd {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let company = test.create_company("Abc").await;
        let mut staying = Vec::new();
        for first in (0..PEOPLE).step_by(40) {
            staying.extend(upsert_batch(&test, "stay", first..first + 40, &company).await);
        }
        Self { test, company, staying, turn: 0 }
    }

    /// Some people come, and those of the turn before are deleted; some who stay move; and a chunk
    /// of a job is applied and delivered again.
    async fn change(&mut self) {
        self.turn += 1;
        let api = self.test.api();
        let prefix = format!("turn{}x", self.turn);
        let came = upsert_batch(&self.test, &prefix, 0..10, &self.company).await;
        for gsid in self.staying.iter().skip(self.turn).step_by(25) {
            let email = format!("{}@moved{}.com", &gsid[30..], self.turn);
            api.upsert_person(&json!({ "Gsid": gsid, "Email": email })).await.gsid();
        }
        let row = |gsid: &String| json!({ "Gsid": gsid, "Location": format!("{}", self.turn) });
        let rows = self.staying.iter().skip(self.turn).step_by(7).map(row).collect();
        let chunk = Chunk::with_rows(&self.test, JobKind::Bulk, rows).await;
        chunk.attempt(AttemptEnd::Killed).await;
        chunk.attempt(AttemptEnd::Released).await;
        let request = api.request(Method::DELETE, "/v1/peoplemgmt/v1.0/people").json(&came);
        assert_eq!(api.send(request).await.status, 200);
    }

    fn assert_met_once(&self, rows: &[Json], column: &str) {
        let mut met: Vec<_> = rows.iter().map(|row| row[column].as_str().unwrap()).collect();
        met.sort_unstable();
        let before = met.len();
        met.dedup();
        assert_eq!(met.len(), before, "a row is repeated");
        for gsid in &self.staying {
            assert!(met.binary_search(&gsid.as_str()).is_ok(), "{gsid} is missed");
        }
    }
}

async fn upsert_batch(
    test: &TestTenant,
    prefix: &str,
    numbers: std::ops::Range<usize>,
    company: &str,
) -> Vec<String> {
    let record = |n| {
        json!({ "Email": format!("{prefix}{n}@abc.com"), "LastName": prefix,
        "companies": [{ "Company_ID": company }] })
    };
    let records: Vec<_> = numbers.map(record).collect();
    let body = json!({ "records": records });
    let reply = test.api().put("/v1/peoplemgmt/v1.0/external/bulk/ingestion/people", &body).await;
    let rows = reply.body["data"]["records"].as_array().unwrap();
    rows.iter().map(|row| row["record"]["Gsid"].as_str().unwrap().to_owned()).collect()
}

async fn describe_fields(api: &Api, object: &str) -> Vec<String> {
    let reply = api.get(&format!("/v1/meta/services/objects/{object}/describe?idd=true")).await;
    let fields = reply.body["data"][0]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["fieldName"].as_str().unwrap().to_owned()).collect()
}

/// Airbyte's source-gainsight-cs: all described fields with small first letters, no order, and a
/// short page is the last.
#[tokio::test]
async fn the_one_that_stops_at_a_short_page() {
    let mut crowd = Crowd::new().await;
    let api = crowd.test.api();
    for (object, column) in [("person", "gsid"), ("company_person", "person_ID")] {
        let lower = |name: &String| name[..1].to_lowercase() + &name[1..];
        let select: Vec<_> = describe_fields(&api, object).await.iter().map(lower).collect();
        let (mut rows, mut offset) = (Vec::new(), 0);
        loop {
            let body = json!({ "select": select, "limit": 30, "offset": offset });
            let page = query_rows(&api, object, &body).await;
            let is_last = page.len() < 30;
            rows.extend(page);
            if is_last {
                break;
            }
            offset += 30;
            crowd.change().await;
        }
        crowd.assert_met_once(&rows, column);
    }
}

/// Estuary's source-gainsight-nxt: a window of ModifiedDate, latest first, and on from the rows that
/// it has until a page is empty.
#[tokio::test]
async fn the_one_that_stops_at_an_empty_page() {
    let mut crowd = Crowd::new().await;
    let api = crowd.test.api();
    let select = describe_fields(&api, "person").await;
    let window = json!({ "conditions": [{ "name": "ModifiedDate", "alias": "A", "operator": "BTW",
        "value": ["2020-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00"] }], "expression": "A" });
    let mut rows: Vec<Json> = Vec::new();
    loop {
        let body = json!({ "select": select, "limit": 50, "offset": rows.len(), "where": window,
            "orderBy": { "ModifiedDate": "desc" } });
        let page = query_rows(&api, "person", &body).await;
        if page.is_empty() {
            break;
        }
        rows.extend(page);
        crowd.change().await;
    }
    crowd.assert_met_once(&rows, "Gsid");
}

/// The key of the snapshot that the end of a query's first page names.
async fn find_snapshot_key(test: &TestTenant, body: &Json) -> String {
    let (tenant, request) = (&test.tenant, QueryRequest::parse(body).unwrap());
    let access_key = AccessKey::parse(&test.key).unwrap().hash().id();
    let hash = keys::page_hash(&tenant.ids, &access_key, "person", &request.identity);
    let page = keys::page_key(&tenant.id, &hash, 5);
    let call = test.stack.client().get_item().table_name(&test.stack.table).consistent_read(true);
    let key = [("pk", page.pk), ("sk", page.sk)];
    let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text)));
    let item = call.set_key(Some(key.into())).send().await.unwrap().item.unwrap();
    format!("snapshot/{}/{}", tenant.id, item["snapshot"].as_s().unwrap())
}

/// A sorted query keeps keys in the bucket: of an erased person no value is left there.
#[tokio::test]
async fn a_snapshot_has_no_values() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    let people = upsert_batch(&test, "secret", 0..20, &company).await;
    let body = json!({ "select": ["Email"], "limit": 5, "orderBy": { "Email": "asc" } });
    query_rows(&test.api(), "person", &body).await;
    let s3 = test.stack.s3_client();
    let key = &find_snapshot_key(&test, &body).await;
    let object = s3.get_object().bucket(&test.stack.bucket).key(key).send().await.unwrap();
    let bytes = object.body.collect().await.unwrap().into_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let object_key = test.tenant.ids.object_key(GsidKind::Person);
    let mut kept: Vec<_> = text
        .as_bytes()
        .chunks(18)
        .map(|part| object_key.clone() + str::from_utf8(part).unwrap())
        .collect();
    kept.sort();
    let mut all = people;
    all.sort();
    assert_eq!(kept, all);
    // A snapshot that is gone is made anew.
    let all: Vec<_> = query_rows(
        &test.api(),
        "person",
        &json!({ "select": ["Email"],
        "orderBy": { "Email": "asc" } }),
    )
    .await;
    s3.delete_object().bucket(&test.stack.bucket).key(key).send().await.unwrap();
    let mut body = body;
    body["offset"] = 5.into();
    assert_eq!(query_rows(&test.api(), "person", &body).await, all[5..10]);
}
