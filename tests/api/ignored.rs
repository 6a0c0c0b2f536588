//! A header names members of a request that are not read (contract: envelope#ignored-names).

use people_testkit::{Reply, TestTenant};
use serde_json::json;

use crate::bulk::bulk_tenant::BULK;

const COMPANY: &str = "/v1/data/objects/company";
const QUERY: &str = "/v1/data/objects/query/company";
const ASYNC: &str = "/v1/peoplemgmt/v1.0/people/async";

#[track_caller]
fn assert_ignored(reply: &Reply, status: u16, expected: Option<&str>) {
    let ignored = reply.headers.get("x-people-ignored").map(|names| names.to_str().unwrap());
    assert_eq!((reply.status.as_u16(), ignored), (status, expected), "{}", reply.body);
}

#[tokio::test]
async fn what_is_sent_and_not_read_is_named() {
    let test = TestTenant::new().await;
    let api = test.api();
    let person = json!({ "Email": "a@abc.com", "CreatedDate": "2020-01-01", "ModifiedBy": "me" });
    assert_ignored(&api.upsert_person(&person).await, 200, Some("CreatedDate,ModifiedBy"));
    assert_ignored(&api.upsert_person(&json!({ "Email": "a@abc.com" })).await, 200, None);
    let refused = json!({ "Email": "a@", "CreatedDate": "2020-01-01" });
    assert_ignored(&api.upsert_person(&refused).await, 400, Some("CreatedDate"));
    let batch = json!({ "lookup": {}, "records": [person, person], "a b": 1 });
    assert_ignored(&api.put(BULK, &batch).await, 200, Some("lookup,CreatedDate,ModifiedBy,a%20b"));
    assert_ignored(&api.put(ASYNC, &batch).await, 200, Some("lookup,CreatedDate,ModifiedBy,a%20b"));
    let records = json!({ "records": [{ "Gsid": "1P02Z8M0", "Name": "MigCo" }] });
    assert_ignored(&api.post(COMPANY, &records).await, 200, Some("Gsid"));
    assert_ignored(&api.put(&format!("{COMPANY}?keys=Name"), &records).await, 200, Some("Gsid"));
    let query = json!({ "select": ["Name"], "page": 2, "wheer": {} });
    assert_ignored(&api.post(QUERY, &query).await, 200, Some("page,wheer"));
    let many: serde_json::Map<_, _> = (0..30).map(|n| (format!("x{n}"), json!(1))).collect();
    let reply = api.post(QUERY, &json!(many)).await;
    assert_eq!(reply.headers["x-people-ignored"].to_str().unwrap().split(',').count(), 20);
}
