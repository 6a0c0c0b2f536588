//! Failures of a single upsert: codes, form of the response, and nothing is written (contract:
//! envelope#record-level-codes, upsert#failed-single-put, lookups).

use people_testkit::{TestTenant, redact_json};
use serde_json::{Value as Json, json};

const UNKNOWN: &str = "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";

/// Upserts a body that must fail and returns its errors.
async fn upsert_errors(test: &TestTenant, body: &Json) -> Vec<Json> {
    let reply = test.api().upsert_person(body).await;
    assert_eq!((reply.status.as_u16(), &reply.body["result"]), (400, &json!(false)), "{body}");
    assert_eq!(
        reply.body.as_object().unwrap().len(),
        3,
        "result, requestId and data only: {}",
        reply.body
    );
    assert_eq!(reply.body["data"]["status"], "FAILURE");
    reply.body["data"]["errors"].as_array().unwrap().clone()
}

fn error(field: &str, invalid: Json, code: &str, message: &str) -> Json {
    json!({ "field": field, "invalidValue": invalid, "errorCode": code, "errorMessage": message })
}

#[tokio::test]
async fn each_code_of_a_field() {
    let test = TestTenant::new().await;
    let long = "x".repeat(256);
    for (field, value, code, message) in [
        ("Email", json!("johnsmith@"), "GSOBJ_VDTEMAIL1001", "Invalid email value"),
        ("EmailOptOut", json!("yes"), "GSOBJ_VDTBOOL1001", "Invalid boolean value"),
        ("EmailOptOut", json!(1.0), "GSOBJ_VDTBOOL1001", "Invalid boolean value"),
        ("MasterAvatarTypeCode", json!("1e3"), "GSOBJ_VDTNUM1001", "Invalid number value"),
        (
            "MasterAvatarTypeCode",
            json!(1_000_000_000_000_001_u64),
            "GSOBJ_VDTNUM1002",
            "Number is out of range",
        ),
        ("FirstName", json!(7), "GSOBJ_VDTBSTR1001", "Invalid string value"),
        ("FirstName", json!(long), "GSOBJ_VDTBSTR1001", "Invalid string value"),
        ("LinkedinUrl", json!("not a url"), "GSOBJ_VDTURL1001", "Invalid URL value"),
        ("Gsid", json!("1P04"), "GSOBJ_VDTGSID1001", "Invalid gsid value"),
        ("Nope", json!(1), "GSOBJ_VCRUDR1002", "Fields do not exist in object"),
        ("companies", json!({}), "GSOBJ_VCRUDR1001", "Row Info cannot be null"),
        ("relationships", json!("x"), "GSOBJ_VCRUDR1001", "Row Info cannot be null"),
        ("lookups", json!([]), "GSOBJ_VCRUDR1001", "Row Info cannot be null"),
    ] {
        let mut body = json!({ "Email": "fine@abc.com" });
        body[field] = value.clone();
        let expected = [error(field, json!([{ field: value }]), code, message)];
        assert_eq!(upsert_errors(&test, &body).await, expected, "{field}");
    }
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn each_code_of_an_association() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let item = "1I00QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
    for (part, field, value, code, message) in [
        (
            json!({ "Role": item }),
            "Role",
            json!(item),
            "GSOBJ_VDTPKLST1002",
            "Dropdownlist item not found",
        ),
        (
            json!({ "Manager": "x" }),
            "Manager",
            json!("x"),
            "GSOBJ_VDTGSID1001",
            "Invalid gsid value",
        ),
        (json!({ "Active": 2 }), "Active", json!(2), "GSOBJ_VDTBOOL1001", "Invalid boolean value"),
    ] {
        let mut part = part;
        part["Company_ID"] = company.as_str().into();
        let body = json!({ "Email": "a@abc.com", "companies": [part] });
        let expected = [error(field, json!([{ field: value }]), code, message)];
        assert_eq!(upsert_errors(&test, &body).await, expected);
    }
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": UNKNOWN }, { "Company_ID": company.to_lowercase() }] });
    let invalid = json!([{ "Company_ID": UNKNOWN }, { "Company_ID": company.to_lowercase() }]);
    let expected =
        [error("Company_ID", invalid, "GSOBJ_PEOPLE1001", "People entities do not exist")];
    assert_eq!(upsert_errors(&test, &body).await, expected, "one error, a value per failing item");
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn missing_keys() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let missing = |key: &str| format!("Resolution key value is null or empty : {key}");
    let (email, company_key, relationship_key) =
        ("Email", "Company_ID,Person_ID", "Company_ID,Person_ID,Relationship_ID");
    for body in [json!({ "FirstName": "A" }), json!({ "FirstName": "A", "Email": null })] {
        let expected = [error(email, json!([{}]), "GSOBJ_VCUSTOM1012", &missing(email))];
        assert_eq!(upsert_errors(&test, &body).await, expected);
    }
    let body = json!({ "Email": "a@abc.com", "companies": [{}, { "Company_ID": company, "relationships": [{ "Role": "Admin" }] }] });
    let expected = [
        error(company_key, json!([{}]), "GSOBJ_VCUSTOM1012", &missing(company_key)),
        error(
            relationship_key,
            json!([{ "Company_ID": company }]),
            "GSOBJ_VCUSTOM1012",
            &missing(relationship_key),
        ),
    ];
    assert_eq!(
        upsert_errors(&test, &body).await,
        expected,
        "a new person has no Person_ID to show"
    );

    let gsid = test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let expected = [
        error(
            company_key,
            json!([{ "Person_ID": gsid }]),
            "GSOBJ_VCUSTOM1012",
            &missing(company_key),
        ),
        error(
            relationship_key,
            json!([{ "Company_ID": company, "Person_ID": gsid }]),
            "GSOBJ_VCUSTOM1012",
            &missing(relationship_key),
        ),
    ];
    assert_eq!(upsert_errors(&test, &body).await, expected);
}

#[tokio::test]
async fn a_record_that_is_none() {
    let test = TestTenant::new().await;
    for body in [json!({}), json!([{}]), json!([null])] {
        let expected = json!({ "field": null, "invalidValue": [], "errorCode": "GSOBJ_VCRUDR1001",
            "errorMessage": "Row Info cannot be null" });
        assert_eq!(upsert_errors(&test, &body).await, [expected], "{body}");
    }
    for body in [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!([{ "Email": "a@b.co" }, { "Email": "b@b.co" }]),
    ] {
        let reply = test.api().upsert_person(&body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001")),
            "{body}"
        );
        assert_eq!(reply.body["data"], Json::Null);
    }
}

#[tokio::test]
async fn an_unknown_gsid_does_not_fall_back_to_the_email() {
    let test = TestTenant::new().await;
    test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let gsid = UNKNOWN.replace("1P02", "1P04");
    for name in ["Gsid", "Person_ID"] {
        let body = json!({ name: gsid, "Email": "a@abc.com" });
        let expected = [error(
            name,
            json!([{ name: gsid }]),
            "GSOBJ_PEOPLE1001",
            "People entities do not exist",
        )];
        assert_eq!(upsert_errors(&test, &body).await, expected);
    }
}

#[tokio::test]
async fn a_taken_email() {
    let test = TestTenant::new().await;
    let gsid = test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    test.api().upsert_person(&json!({ "Email": "taken@abc.com" })).await.gsid();
    let body = json!({ "Gsid": gsid, "Email": "taken@abc.com" });
    let message = "Row with the given resolution key already exists : {Email=taken@abc.com}";
    let expected =
        [error("Email", json!([{ "Email": "taken@abc.com" }]), "GSOBJ_VCUSTOM1007", message)];
    assert_eq!(upsert_errors(&test, &body).await, expected);
}

#[tokio::test]
async fn lookups_by_their_options() {
    let test = TestTenant::new().await;
    test.create_company("Twice").await;
    test.create_company("Twice").await;
    let lookup = |options: Json| {
        let mut lookup = json!({ "fields": { "N": "Name" } });
        lookup.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        json!({ "companies": { "Company_ID": lookup } })
    };
    let mut shown = Vec::new();
    for (name, options) in [
        ("Twice", json!({ "multiMatchOption": "MARKASERROR" })),
        ("Twice", json!({ "multiMatchOption": "MARKASERROR", "onNoMatch": "NULLABLE" })),
        ("None", json!({ "onNoMatch": "NULLABLE" })),
        ("None", json!({ "onNoMatch": "DEFAULTVALUE" })),
        ("None", json!({ "onNoMatch": "nonsense" })),
        ("Twice", json!({ "fields": { "N": "Nope" } })),
        ("Twice", json!({ "lookupField": "Nope" })),
    ] {
        let body = json!({ "Email": "a@abc.com", "companies": [{ "N": name }], "lookups": lookup(options.clone()) });
        shown.push(json!({ "options": options, "errors": upsert_errors(&test, &body).await }));
    }
    insta::assert_json_snapshot!(redact_json(&json!(shown)));
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn a_nested_relationship_does_not_repeat_its_companys_error() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia", &company).await;
    let nested = json!([{ "Relationship_ID": relationship, "IsPrimaryCompany": "perhaps" }]);
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": UNKNOWN, "relationships": nested }] });
    let codes: Vec<_> = upsert_errors(&test, &body)
        .await
        .iter()
        .map(|e| (e["field"].clone(), e["errorCode"].clone()))
        .collect();
    assert_eq!(
        codes,
        [
            (json!("Company_ID"), json!("GSOBJ_PEOPLE1001")),
            (json!("IsPrimaryCompany"), json!("GSOBJ_VDTBOOL1001"))
        ]
    );
}

#[tokio::test]
async fn past_a_limit_there_is_one_clear_error() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let body =
        json!({ "Email": "a@abc.com", "companies": vec![json!({ "Company_ID": company }); 1_001] });
    let message =
        "A person takes at most 1000 companies and relationships in one request, not 1001";
    let expected = json!({ "field": null, "invalidValue": [], "errorCode": "GSOBJ_VCRUDR1001", "errorMessage": message });
    assert_eq!(upsert_errors(&test, &body).await, [expected]);
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn a_lookup_by_what_can_be_no_id_finds_nothing() {
    let test = TestTenant::new().await;
    let lookup = json!({ "companies": { "Company_ID": { "fields": { "G": "Gsid" } } } });
    let body = json!({ "Email": "a@abc.com", "companies": [{ "G": "x".repeat(3_000) }], "lookups": lookup });
    assert_eq!(
        upsert_errors(&test, &body).await[0]["errorCode"],
        "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"
    );
}

#[tokio::test]
async fn a_label_of_a_refused_row_is_not_learned() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let item = test.tenant.ids.dropdown_item_gsid("role", "New");
    let known =
        json!({ "Email": "b@abc.com", "companies": [{ "Company_ID": company, "Role": item }] });
    let refused = json!({ "Email": "a@abc.com", "Nope": 1, "companies": [{ "Company_ID": company, "Role": "New" }] });
    upsert_errors(&test, &refused).await;
    assert_eq!(upsert_errors(&test, &known).await[0]["errorCode"], "GSOBJ_VDTPKLST1002");
    let good =
        json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company, "Role": "New" }] });
    test.api().upsert_person(&good).await.gsid();
    test.api().upsert_person(&known).await.gsid();
}
