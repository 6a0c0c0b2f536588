//! Responses that would exceed Lambda's limit are shortened, or refused before anything is written
//! (ADR 25; contract: query#expensive-queries).

use people_testkit::{Api, Reply, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::bulk::bulk_tenant::BULK;
use crate::compressed_answers::send_accepting_gzip;
use crate::jobs::uploads::gzip;

/// The longest text that a field accepts. Escaped it is twice as long in a request, and four times
/// in Lambda's response.
fn text() -> String {
    "\"".repeat(32_000)
}

/// Sends a gzip body, which may be larger unpacked than a plain one.
pub(crate) async fn send_gzip(api: &Api, method: Method, path: &str, body: &Json) -> Reply {
    let request = api.request(method, path).header("Content-Encoding", "gzip");
    let request = request.header("Content-Type", "application/octet-stream");
    api.send(request.body(gzip(body.to_string().as_bytes()))).await
}

/// Fifty companies, larger together than a response may be.
fn large_companies() -> Json {
    let record = |n: usize| json!({ "Name": format!("c{n}"), "Summary": text() });
    json!({ "records": (0..50).map(record).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_batch_is_told_without_what_was_sent() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let row = |n: usize| json!({ "Email": format!("{n}@abc.com"), "Comments": text(), "companies": [{ "Company_ID": company, "Title": "T" }] });
    let mut rows: Vec<_> = (0..49).map(row).collect();
    rows.push(json!({ "Email": "nobody", "Comments": text() }));
    let reply = send_gzip(&api, Method::PUT, BULK, &json!({ "records": rows })).await;
    let data = &reply.body["data"];
    assert_eq!((reply.status.as_u16(), &data["successCount"]), (200, &json!(49)), "{data}");
    let eighth = data["records"][7].as_object().unwrap();
    let record = &eighth["record"];
    assert_eq!(eighth["rowNumber"], 8);
    assert_eq!(record.as_object().unwrap().keys().collect::<Vec<_>>(), ["Gsid", "companies"]);
    let association = record["companies"][0].as_object().unwrap();
    assert_eq!(association.keys().collect::<Vec<_>>(), ["Company_ID", "Person_ID", "Gsid"]);
    let person = api.get_person("7@abc.com").await.body["data"].clone();
    assert_eq!((&person["gsid"], &person["comments"]), (&record["Gsid"], &json!(text())));
    let error = &data["records"][49]["error"]["details"][0];
    let expected = json!({ "fieldName": "Email", "values": {},
        "errors": [{ "message": "Invalid email value", "code": "GSOBJ_VDTEMAIL1001" }] });
    assert_eq!(*error, expected);
}

#[tokio::test]
async fn more_associations_than_an_answer_could_name_are_refused_before_anything_is_written() {
    let test = TestTenant::new().await;
    let api = test.api();
    let row =
        |n: usize| json!({ "Email": format!("{n}@abc.com"), "companies": vec![json!({}); 151] });
    let rows: Vec<_> = (0..50).map(row).collect();
    let reply = api.put(BULK, &json!({ "records": rows })).await;
    let message = "A call takes at most 7500 companies and relationships in all, not 7550; send fewer records at a time";
    assert_eq!((reply.status.as_u16(), &reply.body["errorDesc"]), (413, &json!(message)));
    assert!(test.read_items().await.is_empty());
    let rows = json!({ "records": rows[..49] });
    assert_eq!(api.put(BULK, &rows).await.body["data"]["partialSuccessCount"], 49);
}

#[tokio::test]
async fn an_update_of_records_is_told_without_what_was_sent() {
    let test = TestTenant::new().await;
    let api = test.api();
    let records = large_companies();
    let made = send_gzip(&api, Method::POST, "/v1/data/objects/company", &records).await;
    let reply = send_gzip(&api, Method::PUT, "/v1/data/objects/company?keys=Name", &records).await;
    assert_eq!((reply.status.as_u16(), &reply.body["data"]), (200, &made.body["data"]));
    assert_eq!(made.body["data"]["records"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn refused_records_are_told_without_the_refused_values() {
    let test = TestTenant::new().await;
    let record = |n: usize| {
        let fields = (0..90).map(|field| (format!("x{n}.{field}"), json!("\"".repeat(1_900))));
        Json::Object(fields.collect())
    };
    let records: Vec<_> = (0..15).map(record).collect();
    let path = "/v1/data/objects/company";
    let reply = send_gzip(&test.api(), Method::POST, path, &json!({ "records": records })).await;
    assert_eq!((reply.status.as_u16(), &reply.body["errorCode"]), (400, &json!("GSOBJ_1002")));
    let errors = reply.body["data"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 15);
    assert_eq!(errors[14][0]["errors"][0]["fieldName"], "x14.0");
    assert_eq!(errors[14][0]["errors"][0]["invalidValue"], Json::Null);
}

/// The limit counts the rows as they leave.
#[tokio::test]
async fn a_query_whose_rows_would_be_too_large_says_so() {
    let test = TestTenant::new().await;
    let api = test.api();
    let records = large_companies();
    send_gzip(&api, Method::POST, "/v1/data/objects/company", &records).await;
    let query = |limit: usize| json!({ "select": ["Name", "Summary"], "limit": limit });
    let path = "/v1/data/objects/query/company";
    let reply = api.post(path, &query(30)).await;
    assert_eq!(reply.body["data"]["records"].as_array().unwrap().len(), 30);
    // 6.4 MB within Lambda's response. The status is not 4xx, because a paging connector skips such
    // a page.
    let reply = api.post(path, &query(50)).await;
    let message = "The answer would be larger than 5 MB; send the header Accept-Encoding: gzip, with which about three times as much fits, or ask for less, such as fewer fields or a lower limit";
    assert_eq!((reply.status.as_u16(), &reply.body["errorDesc"]), (503, &json!(message)));
    assert_eq!(reply.body["errorCode"], "GSOBJ_VCRUDR1001");
    assert_eq!(reply.headers["retry-after"], "60");
    let request = api.request(Method::POST, path).json(&query(50));
    let (reply, _) = send_accepting_gzip(request).await;
    assert_eq!(reply.body["data"]["records"].as_array().unwrap().len(), 50);
}

/// Callers also choose the names of unknown fields.
#[tokio::test]
async fn names_of_fields_do_not_make_an_answer_too_large() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let row = |n: usize| {
        let mut held = json!({ "Company_ID": company });
        for field in 0..25 {
            held[format!("{field}{}", "\"".repeat(1_900))] = 1.into();
        }
        json!({ "Email": format!("{n}@abc.com"), "companies": [held] })
    };
    let batch = json!({ "records": (0..50).map(row).collect::<Vec<_>>() });
    let reply = send_gzip(&api, Method::PUT, BULK, &batch).await;
    let data = &reply.body["data"];
    assert_eq!((reply.status.as_u16(), &data["partialSuccessCount"]), (200, &json!(50)));
    let detail = &data["records"][49]["error"]["details"][24];
    assert_eq!(detail["errors"][0]["code"], "GSOBJ_VCRUDR1002");
    assert!(detail["fieldName"].as_str().unwrap().starts_with("24\"\""), "{detail}");
    let path = "/v1/peoplemgmt/v1.0/people/async";
    let accepted = send_gzip(&api, Method::PUT, path, &batch).await;
    let id = accepted.body["data"]["statusId"].as_str().unwrap();
    let status = format!("{path}/status/{id}");
    let done = crate::jobs::poll::wait_until_completed(&api, &status, "/data/status").await;
    let response = done.body["data"]["response"].as_array().unwrap();
    assert_eq!((response.len(), &response[49]["status"]), (50, &json!("FAILURE")));
}
