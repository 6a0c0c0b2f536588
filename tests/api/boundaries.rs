//! The boundary of each limit over HTTP (contract: envelope, fields, objects): one table of values,
//! sent as people and as data objects, and one of bodies, sent to every route that reads one.

use people_domain::limit::ERROR_VALUE_CHARS_MAX;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Api, Reply, TestTenant};
use reqwest::Method;
use serde_json::{Map, Value as Json, json};

/// The expected outcome of a value.
enum ValueOutcome {
    /// It is returned as it was sent.
    Kept,
    /// It is returned in another form, by GET and by a query.
    Shown(Json, Json),
    /// It is refused, with a code of people and a code of data objects.
    Refused(&'static str, &'static str),
}

use ValueOutcome::{Kept, Refused, Shown};

const TOO_LONG: ValueOutcome = Refused("GSOBJ_VDTBSTR1001", "GSOBJ_1001");
const OUT_OF_RANGE: ValueOutcome = Refused("GSOBJ_VDTNUM1002", "GSOBJ_1002");
const NO_DATE: ValueOutcome = Refused("GSOBJ_VDTDATIME1001", "GSOBJ_1006");
const NO_DATETIME: ValueOutcome = Refused("GSOBJ_VDTDATIME1001", "GSOBJ_1005");

const NUMBER_MAX: u64 = 1_000_000_000_000_000;

/// Type, value and outcome of lengths, which count code points.
fn text_cases(test: &TestTenant) -> Vec<(&'static str, Json, ValueOutcome)> {
    let x = |count| "x".repeat(count);
    let family = "👩\u{200d}👩\u{200d}👧";
    let item = |label: &str| json!(test.tenant.ids.dropdown_item_gsid("open", label));
    let email = |count: usize| json!(format!("{}@b.co", x(count - 5)));
    let url = |count: usize| json!(format!("a.co/{}", x(count - 5)));
    vec![
        ("STRING", json!(x(254)), Kept),
        ("STRING", json!(x(255)), Kept),
        ("STRING", json!(x(256)), TOO_LONG),
        ("STRING", json!("😀".repeat(255)), Kept),
        ("STRING", json!("😀".repeat(256)), TOO_LONG),
        ("STRING", json!(format!("{}e", "e\u{301}".repeat(127))), Kept),
        ("STRING", json!("e\u{301}".repeat(128)), TOO_LONG),
        ("STRING", json!(family.repeat(51)), Kept),
        ("STRING", json!(format!("{}x", family.repeat(51))), TOO_LONG),
        ("STRING", json!("a\u{0}b"), Kept),
        ("STRING", json!("\u{0}"), Kept),
        ("STRING", json!("\u{0}".repeat(256)), TOO_LONG),
        ("RICHTEXTAREA", json!(x(32_000)), Kept),
        ("RICHTEXTAREA", json!(x(32_001)), TOO_LONG),
        ("EMAIL", email(254), Kept),
        ("EMAIL", email(255), Refused("GSOBJ_VDTEMAIL1001", "GSOBJ_1001")),
        ("EMAIL", json!("a\u{0}@b.co"), Refused("GSOBJ_VDTEMAIL1001", "GSOBJ_1002")),
        ("URL", url(1_024), Kept),
        ("URL", url(1_025), Refused("GSOBJ_VDTURL1001", "GSOBJ_1001")),
        ("PICKLIST", json!(x(255)), Shown(item(&x(255)), item(&x(255)))),
        ("PICKLIST", json!(x(256)), Refused("GSOBJ_VDTPKLST1002", "GSOBJ_1001")),
    ]
}

fn number_cases() -> Vec<(&'static str, Json, ValueOutcome)> {
    let (most, least) = (json!(NUMBER_MAX), json!(-1_000_000_000_000_000_i64));
    let reads = |number: &Json| Shown(number.clone(), number.clone());
    vec![
        ("NUMBER", most.clone(), Kept),
        ("NUMBER", json!(1e15), reads(&most)),
        ("NUMBER", json!("1000000000000000"), reads(&most)),
        ("NUMBER", json!("1000000000000000.00"), reads(&most)),
        ("NUMBER", json!("-1000000000000000"), reads(&least)),
        ("NUMBER", json!(NUMBER_MAX + 1), OUT_OF_RANGE),
        ("NUMBER", json!(1_000_000_000_000_000.1), OUT_OF_RANGE),
        ("NUMBER", json!("1000000000000000.1"), OUT_OF_RANGE),
        ("NUMBER", json!("-1000000000000001"), OUT_OF_RANGE),
        ("NUMBER", json!("9".repeat(200)), OUT_OF_RANGE),
        ("CURRENCY", json!("1,000,000,000,000,000"), reads(&most)),
        ("CURRENCY", json!("1,000,000,000,000,001"), OUT_OF_RANGE),
        ("PERCENTAGE", json!("1000000000000000%"), reads(&most)),
        ("PERCENTAGE", json!("1000000000000000.1%"), OUT_OF_RANGE),
    ]
}

fn date_cases() -> Vec<(&'static str, Json, ValueOutcome)> {
    let day = |text: &str, millis: u64| Shown(json!(text), json!(millis));
    vec![
        ("DATE", json!("2024-02-29"), day("2024-02-29", 1_709_164_800_000)),
        ("DATE", json!("02/29/2024"), day("2024-02-29", 1_709_164_800_000)),
        ("DATE", json!("2000-02-29"), day("2000-02-29", 951_782_400_000)),
        ("DATE", json!("2023-02-29"), NO_DATE),
        ("DATE", json!("02/29/2023"), NO_DATE),
        ("DATE", json!("1900-02-29"), NO_DATE),
        ("DATE", json!(100_000_000_000_u64), day("1973-03-03", 99_964_800_000)),
        ("DATE", json!(99_999_999_999_u64), NO_DATE),
        (
            "DATETIME",
            json!("2018-06-05T12:03:16.4178+14:00"),
            day("2018-06-04T22:03:16.417", 1_528_149_796_417),
        ),
        (
            "DATETIME",
            json!("2018-06-05T12:03:16-14:00"),
            day("2018-06-06T02:03:16", 1_528_250_596_000),
        ),
        ("DATETIME", json!("2018-06-05T12:03:16+14:01"), NO_DATETIME),
        ("DATETIME", json!("2018-06-05T12:03:16-14:01"), NO_DATETIME),
        ("DATETIME", json!("2018-06-05T12:03:16+15:00"), NO_DATETIME),
        ("DATETIME", json!("2023-02-29T00:00:00Z"), NO_DATETIME),
        ("DATETIME", json!("2016-12-31T23:59:60Z"), day("2016-12-31T23:59:59", 1_483_228_799_000)),
        ("DATETIME", json!("2016-12-31T23:59:61Z"), NO_DATETIME),
        ("DATETIME", json!("2016-12-31T23:60:00Z"), NO_DATETIME),
        ("DATETIME", json!(100_000_000_000_u64), day("1973-03-03T09:46:40", 100_000_000_000)),
        ("DATETIME", json!("100000000000"), day("1973-03-03T09:46:40", 100_000_000_000)),
        ("DATETIME", json!(99_999_999_999_u64), NO_DATETIME),
        ("DATETIME", json!("99999999999"), NO_DATETIME),
    ]
}

fn boundary_cases(test: &TestTenant) -> Vec<(&'static str, Json, ValueOutcome)> {
    [text_cases(test), number_cases(), date_cases()].into_iter().flatten().collect()
}

/// A tenant whose people and companies have a field of each type in the table.
async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let mut fields = Map::new();
    for (kind, _, _) in boundary_cases(&test) {
        let dropdown = (kind == "PICKLIST").then_some("open");
        fields.insert(format!("{kind}__gc"), json!({ "type": kind, "dropdown": dropdown }));
    }
    let schema: SchemaFile = serde_json::from_value(json!({
        "dropdowns": { "open": {} },
        "objects": { "person": { "fields": fields }, "company": { "fields": fields } },
    }))
    .unwrap();
    assert_eq!(people_domain::schema::check_schema(&schema), []);
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    test
}

#[tokio::test]
async fn values_of_people() {
    let test = create_tenant().await;
    let api = test.api();
    for (at, (kind, sent, outcome)) in boundary_cases(&test).into_iter().enumerate() {
        let (field, email) = (format!("{kind}__gc"), format!("p{at}@abc.com"));
        let reply = api.upsert_person(&json!({ "Email": email, field.as_str(): sent })).await;
        let person = api.get_person(&email).await;
        let read = &person.body["data"][field.to_lowercase()];
        match outcome {
            Kept => assert_eq!(read, &sent, "{kind}: {}", reply.body),
            Shown(shown, _) => assert_eq!(read, &shown, "{kind} {sent}: {}", reply.body),
            Refused(code, _) => {
                let error = &reply.body["data"]["errors"][0];
                assert_eq!(
                    (reply.status.as_u16(), &error["errorCode"], &error["field"]),
                    (400, &json!(code), &json!(field)),
                    "{kind} {sent}"
                );
                assert_eq!(
                    error["invalidValue"],
                    json!([{ field.as_str(): shorten_value(&sent) }])
                );
                assert_eq!(person.body["errorCode"], "GSOBJ_PEOPLE1001", "nothing is written");
            }
        }
    }
}

#[tokio::test]
async fn values_of_data_objects() {
    let test = create_tenant().await;
    let api = test.api();
    for (at, (kind, sent, outcome)) in boundary_cases(&test).into_iter().enumerate() {
        let (field, name) = (format!("{kind}__gc"), format!("c{at}"));
        let record = json!({ "Name": name, field.as_str(): sent });
        let reply = api.post("/v1/data/objects/company", &json!({ "records": [record] })).await;
        let rows = query_companies(&api, &field, &name).await;
        match outcome {
            Kept => assert_eq!(rows, json!([{ field: sent }]), "{kind}: {}", reply.body),
            Shown(_, shown) => {
                assert_eq!(rows, json!([{ field: shown }]), "{kind} {sent}: {}", reply.body)
            }
            Refused(_, code) => {
                assert_eq!(
                    (reply.status.as_u16(), &reply.body["errorCode"]),
                    (400, &json!(code)),
                    "{kind} {sent}"
                );
                let fault = &reply.body["data"]["errors"][0][0]["errors"][0];
                assert_eq!(
                    (&fault["errorCode"], &fault["fieldName"], &fault["invalidValue"]),
                    (&json!(code), &json!(field), &shorten_value(&sent))
                );
                assert_eq!(rows, json!([]), "nothing is written");
            }
        }
    }
}

/// Shortens a refused value as responses do.
fn shorten_value(sent: &Json) -> Json {
    match sent.as_str() {
        Some(text) if text.chars().count() > ERROR_VALUE_CHARS_MAX => {
            text.chars().take(ERROR_VALUE_CHARS_MAX).chain(['…']).collect::<String>().into()
        }
        _ => sent.clone(),
    }
}

/// Queries one field of the companies with this name.
async fn query_companies(api: &Api, field: &str, name: &str) -> Json {
    let named = json!({ "name": "Name", "operator": "EQ", "value": [name] });
    let body = json!({ "select": [field], "where": { "conditions": [named] } });
    api.post("/v1/data/objects/query/company", &body).await.body["data"]["records"].clone()
}

/// Every route that reads a body: method, path, and the body before and after a value.
const BODIES: [(Method, &str, &str, &str); 6] = [
    (Method::PUT, "/v1/peoplemgmt/v1.0/people", r#"{"Email":"a@b.co","FirstName":"#, "}"),
    (Method::PUT, "/v1.0/api/people", r#"[{"Email":"a@b.co","FirstName":"#, "}]"),
    (Method::POST, "/v1/data/objects/company", r#"{"records":[{"Name":"#, "}]}"),
    (Method::PUT, "/v1/data/objects/company?keys=Name", r#"{"records":[{"Name":"#, "}]}"),
    (
        Method::POST,
        "/v1/data/objects/query/company",
        r#"{"select":["Name"],"where":{"conditions":[{"name":"Name","operator":"EQ","value":"#,
        "}]}}",
    ),
    (Method::POST, "/v1/meta/services/objects/describe", r#"{"objectName":"company","x":"#, "}"),
];

/// Sends a body and returns the response, and the reason if the body as such was refused.
async fn send_body(
    api: &Api,
    method: &Method,
    path: &str,
    body: String,
) -> (Reply, Option<String>) {
    let request = api.request(method.clone(), path).header("content-type", "application/json");
    let reply = api.send(request.body(body)).await;
    let refused = reply.body["errorCode"] == "GSOBJ_VCRUDR1001";
    let why = refused.then(|| reply.body["errorDesc"].as_str().unwrap_or_default().to_owned());
    (reply, why)
}

#[tokio::test]
async fn half_a_surrogate_pair_is_no_json() {
    let test = TestTenant::new().await;
    let api = test.api();
    for (method, path, before, after) in BODIES {
        for half in [r"\ud800", r"\udc00", r"\ud83dx", r"\ude00\ud83d", r"\ud83d\ud83d"] {
            let body = format!("{before}\"{half}\"{after}");
            let (reply, why) = send_body(&api, &method, path, body).await;
            assert_eq!(reply.status.as_u16(), 400, "{method} {path} {half}");
            assert!(why.is_some_and(|why| why.contains("not JSON")), "{}", reply.body);
        }
        let pair = format!("{before}\"{}\"{after}", r"\ud83d\ude00 \u0000");
        let (reply, why) = send_body(&api, &method, path, pair).await;
        assert_eq!((why, reply.status.is_server_error()), (None, false), "{method} {path}");
    }
    assert_eq!(api.get_person("a@b.co").await.body["data"]["firstname"], "😀 \u{0}");
}

#[tokio::test]
async fn the_deepest_body() {
    let test = TestTenant::new().await;
    let api = test.api();
    for (method, path, before, after) in BODIES {
        let around = before.matches(['{', '[']).count() - before.matches(['}', ']']).count();
        for (levels, deep) in [(32, false), (33, true)] {
            let inside = levels - around;
            let body = format!("{before}{}{}{after}", "[".repeat(inside), "]".repeat(inside));
            let (reply, why) = send_body(&api, &method, path, body).await;
            let is_deep = why.is_some_and(|why| why.contains("32"));
            assert_eq!(is_deep, deep, "{method} {path} {levels}: {}", reply.body);
            assert!(!reply.status.is_server_error(), "{method} {path} {levels}: {}", reply.body);
        }
    }
}
