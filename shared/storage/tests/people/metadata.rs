//! Defaults and cleared fields over time (ADR 4).

use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_domain::schema::metadata::CustomField;
use people_domain::values::FieldType;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

async fn upsert(test: &TestTenant, body: Json) {
    test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
}

async fn read(test: &TestTenant, email: &str) -> Json {
    let store = test.uncached_store();
    let person = store
        .read_person_by_email(&Email::parse(email).unwrap())
        .await
        .unwrap()
        .expect("the person exists");
    store.render_person(&person).await.unwrap()
}

fn plan(defaults: Vec<(String, Json)>, required: bool) -> CustomField {
    CustomField {
        required,
        defaults,
        ..CustomField::new("person", "Plan__gc", FieldType::String, "z1")
    }
}

#[tokio::test]
async fn a_default_reaches_neither_older_people_nor_cleared_fields() {
    let test = TestTenant::new().await;
    upsert(&test, json!({ "Email": "old@abc.com" })).await;
    let since = test.store.new_stamp().as_str().to_owned();
    test.uncached_store().write_field(&plan(vec![(since, "gold".into())], false)).await.unwrap();
    upsert(&test, json!({ "Email": "new@abc.com" })).await;
    upsert(&test, json!({ "Email": "cleared@abc.com", "plan__GC": null })).await;
    for (email, expected) in [
        ("old@abc.com", Json::Null),
        ("new@abc.com", "gold".into()),
        ("cleared@abc.com", Json::Null),
    ] {
        assert_eq!(read(&test, email).await["plan__gc"], expected, "{email}");
        upsert(&test, json!({ "Email": email, "FirstName": "X" })).await;
        assert_eq!(
            read(&test, email).await["plan__gc"],
            expected,
            "{email} after an unrelated upsert"
        );
    }
}

#[tokio::test]
async fn a_required_field_is_asked_of_new_people_alone() {
    let test = TestTenant::new().await;
    upsert(&test, json!({ "Email": "old@abc.com" })).await;
    test.uncached_store().write_field(&plan(Vec::new(), true)).await.unwrap();
    upsert(&test, json!({ "Email": "old@abc.com", "FirstName": "X" })).await;
    let refused = test
        .uncached_store()
        .ingest_record(&json!({ "Email": "new@abc.com" }), &Lookups::default())
        .await
        .unwrap();
    assert_eq!(refused.unwrap_err()[0].field.as_deref(), Some("Plan__gc"));
    upsert(&test, json!({ "Email": "new@abc.com", "Plan__gc": "gold" })).await;
}

#[tokio::test]
async fn small_and_large_numbers_survive_the_store() {
    let test = TestTenant::new().await;
    for number in [json!(0.000_000_1), json!(1e15), json!(-12.5), json!(0), json!(3)] {
        upsert(&test, json!({ "Email": "n@abc.com", "MasterAvatarTypeCode": number })).await;
        let read = read(&test, "n@abc.com").await["masteravatartypecode"].as_f64();
        assert_eq!(read, number.as_f64());
    }
}
