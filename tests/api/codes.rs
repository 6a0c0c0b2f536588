//! Every code of contract: envelope#request-level-codes, envelope#record-level-codes,
//! objects#object-codes is produced over HTTP. A new code does not compile until a request that
//! causes it is added here.

use people_domain::code::Code;
use people_domain::limit::RateLimits;
use people_domain::objects::ObjectCode;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_storage::TenantSettings;
use people_testkit::{Api, Reply, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";
const COMPANY: &str = "/v1/data/objects/company";
const NOTHING: &str = "1I00QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";

/// A tenant with a field of each type that the standard people or companies lack.
async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let fields = json!({
        "Date__gc": { "type": "DATETIME" },
        "Amount__gc": { "type": "CURRENCY" },
        "Share__gc": { "type": "PERCENTAGE" },
        "Account__gc": { "type": "SFDCID" },
        "Plan__gc": { "type": "PICKLIST", "dropdown": "plans" },
        "Flag__gc": { "type": "BOOLEAN" },
    });
    let schema: SchemaFile = serde_json::from_value(json!({
        "dropdowns": { "plans": { "closed": true, "items": ["gold"] } },
        "objects": { "person": { "fields": fields }, "company": { "fields": fields } },
    }))
    .unwrap();
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    test
}

/// The request that causes a code.
enum Trigger {
    /// A PUT of this person.
    Person(Json),
    /// A GET.
    Get(String),
    /// Only bulk returns it; holds the code that a single upsert returns instead.
    BulkAlone(Code),
    /// No request causes it: only a bug in the service or a chunk that is given up.
    Bug,
}

fn trigger_of(code: Code, taken: &str) -> Trigger {
    use Trigger::{Bug, BulkAlone, Get, Person};
    let field = |name: &str, value: Json| Person(json!({ "Email": "a@abc.com", name: value }));
    match code {
        Code::PeopleNotFound => Get(format!("{PEOPLE}?Email=nobody%40abc.com")),
        Code::QueryParamsEmpty => Get(format!("{PEOPLE}?Email=")),
        Code::Boolean => field("EmailOptOut", json!("yes")),
        Code::Number => field("MasterAvatarTypeCode", json!("many")),
        Code::NumberRange => field("MasterAvatarTypeCode", json!("1000000000000001")),
        Code::String => field("FirstName", json!(true)),
        Code::DateTime => field("Date__gc", json!("tomorrow")),
        Code::Currency => field("Amount__gc", json!("$5")),
        Code::CurrencyComma => field("Amount__gc", json!("12,34.5")),
        Code::Email => Person(json!({ "Email": "johnsmith@" })),
        Code::Gsid => Get(format!("{PEOPLE}/short")),
        Code::Percentage => field("Share__gc", json!("half")),
        Code::Sfdcid => field("Account__gc", json!("001")),
        // A schema in which a field lacks its list is not accepted, so the list's own route is
        // used.
        Code::PicklistCategory => Get(format!("/v1/meta/services/dropdowns/{NOTHING}")),
        Code::PicklistItem => field("Plan__gc", json!("silver")),
        Code::Url => field("LinkedinUrl", json!("nowhere")),
        Code::RowInfo => Person(json!({})),
        Code::UnknownField => field("Nope", json!(1)),
        Code::KeyTaken => Person(json!({ "Gsid": taken, "Email": "b@abc.com" })),
        Code::KeyMissing => Person(json!({ "FirstName": "A" })),
        Code::LookupMarker => BulkAlone(Code::LookupNotResolved),
        Code::Unexpected => Bug,
        Code::LookupNotResolved => Person(json!({
            "Email": "a@abc.com", "companies": [{ "N": "nobody" }],
            "lookups": { "companies": { "Company_ID": { "fields": { "N": "Name" } } } },
        })),
    }
}

/// Returns code and message of the request or, if it has none, of the record's first error.
fn code_and_message(reply: &Reply) -> (&Json, &str) {
    let error = &reply.body["data"]["errors"][0];
    let (code, text) = match &reply.body["errorCode"] {
        Json::Null => (&error["errorCode"], &error["errorMessage"]),
        code => (code, &reply.body["errorDesc"]),
    };
    (code, text.as_str().unwrap_or_default())
}

#[tokio::test]
async fn of_people() {
    let test = create_tenant().await;
    let api = test.api();
    let taken = api.upsert_person(&json!({ "Email": "taken@abc.com" })).await.gsid();
    api.upsert_person(&json!({ "Email": "b@abc.com" })).await.gsid();
    let before = test.read_items().await;
    for code in Code::ALL {
        let reply = match trigger_of(*code, &taken) {
            Trigger::Person(person) => api.upsert_person(&person).await,
            Trigger::Get(path) => api.get(&path).await,
            Trigger::BulkAlone(instead) => {
                assert!(
                    matches!(trigger_of(instead, &taken), Trigger::Person(_)),
                    "{code} is covered by {instead}"
                );
                continue;
            }
            Trigger::Bug => continue,
        };
        let (shown, message) = code_and_message(&reply);
        assert_eq!((reply.status.as_u16(), shown), (400, &json!(code.as_str())), "{code}");
        assert!(message.starts_with(code.message()), "{code}: {message}");
        assert_eq!(reply.body["result"], false);
    }
    assert_eq!(test.read_items().await, before, "nothing of it is written");
}

async fn request_object_code(api: &Api, code: ObjectCode) -> Reply {
    let insert = |record: Json| {
        let api = api.clone();
        async move { api.post(COMPANY, &json!({ "records": [record] })).await }
    };
    match code {
        ObjectCode::TooLong => insert(json!({ "Name": "x".repeat(256) })).await,
        ObjectCode::Invalid => insert(json!({ "Name": "A", "Nope": 1 })).await,
        ObjectCode::Gsid => {
            api.send(api.request(Method::DELETE, &format!("{COMPANY}/short"))).await
        }
        ObjectCode::DateTime => insert(json!({ "Name": "A", "Date__gc": "tomorrow" })).await,
        ObjectCode::Date => insert(json!({ "Name": "A", "RenewalDate": "tomorrow" })).await,
        ObjectCode::Required => insert(json!({ "Name": null })).await,
        ObjectCode::BooleanOrPercentage => insert(json!({ "Name": "A", "Flag__gc": "yes" })).await,
        ObjectCode::NoMatch => {
            let body = json!({ "records": [{ "Name": "nobody" }] });
            api.put(&format!("{COMPANY}?keys=Name"), &body).await
        }
    }
}

#[tokio::test]
async fn of_data_objects() {
    let test = create_tenant().await;
    let api = test.api();
    for code in ObjectCode::ALL {
        let reply = request_object_code(&api, *code).await;
        let (status, shown) = (reply.status.as_u16(), &reply.body["errorCode"]);
        assert_eq!((status, shown), (400, &json!(code.as_str())));
        assert_eq!((&reply.body["result"], &reply.body["message"]), (&json!(false), &Json::Null));
        assert!(!code_and_message(&reply).1.is_empty(), "{}", reply.body);
        let of_record = &reply.body["data"]["errors"][0][0]["errors"][0];
        match code {
            ObjectCode::NoMatch => assert_eq!(reply.body["data"], Json::Null),
            _ => assert_eq!(of_record["errorCode"], *shown, "{}", reply.body),
        }
    }
    // A percentage shares its code with booleans; any other invalid value is 1002.
    for (field, value, code) in [
        ("Share__gc", json!("half"), "GSOBJ_1008"),
        ("Amount__gc", json!("12,34.5"), "GSOBJ_1002"),
        ("Employees", json!("many"), "GSOBJ_1002"),
        ("Account__gc", json!("001"), "GSOBJ_1002"),
        ("Plan__gc", json!("silver"), "GSOBJ_1002"),
        ("CSM", json!(7), "GSOBJ_1002"),
    ] {
        let record = json!({ "Name": "A", field: value });
        let reply = api.post(COMPANY, &json!({ "records": [record] })).await;
        assert_eq!(reply.body["errorCode"], code, "{field}: {}", reply.body);
    }
    let all = json!({ "select": ["Gsid"] });
    let rows = api.post("/v1/data/objects/query/company", &all).await;
    assert_eq!(rows.body["data"]["records"], json!([]), "nothing of it is written");
}

/// Refusals of a request as such. 503 needs a store that fails: see `store/calls.rs`. 413 needs a
/// body that is larger unpacked than API Gateway accepts: see `envelope.rs`.
#[tokio::test]
async fn of_requests() {
    let test = TestTenant::new().await;
    let limits = RateLimits { sync_per_minute: 0, ..RateLimits::default() };
    let limited =
        TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await;
    let broken = TestTenant::new().await;
    broken.break_metadata().await;
    let nobody = Api::new(&test.stack.base_url, "");
    let person = json!({ "Email": "a@abc.com" });
    for (api, path, body, status, code) in [
        (&nobody, PEOPLE, &person, 401, "GS_APIG_2401"),
        (&test.api(), "/v1/peoplemgmt", &person, 404, "GS_APIG_1000"),
        (&limited.api(), PEOPLE, &person, 429, "GS_APIG_2404"),
        (&test.api(), PEOPLE, &json!([]), 400, "GSOBJ_VCRUDR1001"),
        (&broken.api(), PEOPLE, &person, 500, "GU_1101"),
    ] {
        let reply = api.put(path, body).await;
        let expected = json!({ "result": false, "errorCode": code, "data": null, "message": null,
            "errorDesc": reply.body["errorDesc"], "requestId": reply.headers["x-request-id"].to_str().unwrap() });
        assert_eq!((reply.status.as_u16(), &reply.body), (status, &expected), "{path}");
        assert!(!code_and_message(&reply).1.is_empty());
    }
    let reply = broken.api().upsert_person(&person).await;
    assert_eq!(code_and_message(&reply).1, "Oops, something went wrong", "no internal detail");
}
