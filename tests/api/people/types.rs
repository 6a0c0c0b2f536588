//! Every type over HTTP: accepted values are returned typed, refused values have their code, at the
//! boundary of each limit (contract: envelope#record-level-codes, fields, get#printed-person).

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// Creates a tenant whose people have a field of each type.
async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let kinds = [
        "STRING",
        "RICHTEXTAREA",
        "BOOLEAN",
        "NUMBER",
        "CURRENCY",
        "PERCENTAGE",
        "DATE",
        "DATETIME",
        "EMAIL",
        "URL",
        "GSID",
        "SFDCID",
    ];
    let mut fields: serde_json::Map<_, _> =
        kinds.iter().map(|kind| (format!("{kind}__gc"), json!({ "type": kind }))).collect();
    fields.insert("PICKLIST__gc".to_owned(), json!({ "type": "PICKLIST", "dropdown": "plans" }));
    fields.insert(
        "MULTI__gc".to_owned(),
        json!({ "type": "MULTISELECTDROPDOWNLIST", "dropdown": "plans" }),
    );
    let schema: SchemaFile = serde_json::from_value(json!({
        "dropdowns": { "plans": { "closed": true, "items": ["gold", "silver"] } },
        "objects": { "person": { "fields": fields } },
    }))
    .unwrap();
    assert_eq!(people_domain::schema::check_schema(&schema), []);
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    test
}

#[tokio::test]
async fn accepted_values_read_back_typed() {
    let test = create_tenant().await;
    let api = test.api();
    let item = |label: &str| json!(test.tenant.ids.dropdown_item_gsid("plans", label));
    let (text, long, url) =
        ("é".repeat(255), "x".repeat(32_000), format!("a.co/{}", "x".repeat(1_019)));
    let email = format!("{}@{}.co", "x".repeat(64), "y".repeat(186));
    for (kind, sent, read) in [
        ("STRING", json!(text), json!(text)),
        ("STRING", json!("👩‍👩‍👧 e\u{301} \u{0}"), json!("👩‍👩‍👧 e\u{301} \u{0}")),
        ("RICHTEXTAREA", json!(long), json!(long)),
        ("BOOLEAN", json!("TRUE"), json!(true)),
        ("BOOLEAN", json!(0), json!(false)),
        ("BOOLEAN", json!("1"), json!(true)),
        ("NUMBER", json!("-12.50"), json!(-12.5)),
        ("NUMBER", json!(1_000_000_000_000_000_u64), json!(1_000_000_000_000_000_u64)),
        ("CURRENCY", json!("1,234,567.89"), json!(1_234_567.89)),
        ("PERCENTAGE", json!("50%"), json!(50)),
        ("DATE", json!("02/29/2024"), json!("2024-02-29")),
        ("DATE", json!(1_516_234_662_215_u64), json!("2018-01-18")),
        ("DATETIME", json!("2018-06-05T12:03:16.4178+14:00"), json!("2018-06-04T22:03:16.417")),
        ("DATETIME", json!("2018-06-05 12:03:16"), json!("2018-06-05T12:03:16")),
        ("DATETIME", json!("1516234662215"), json!("2018-01-18T00:17:42.215")),
        ("DATETIME", json!(100_000_000_000_u64), json!("1973-03-03T09:46:40")),
        ("EMAIL", json!(format!(" {email} ")), json!(email)),
        ("URL", json!(url), json!(url)),
        (
            "GSID",
            json!("7581e498-c37e-4057-8fc9-c8d4d543de1a"),
            json!("7581e498-c37e-4057-8fc9-c8d4d543de1a"),
        ),
        ("SFDCID", json!("001A000000abcde"), json!("001A000000abcde")),
        ("PICKLIST", json!("gold"), item("gold")),
        ("PICKLIST", item("silver"), item("silver")),
        ("MULTI", json!("gold;silver"), json!([item("gold"), item("silver")])),
        ("MULTI", json!([item("silver")]), json!([item("silver")])),
        ("MULTI", Json::Null, Json::Null),
        ("STRING", json!(""), Json::Null),
    ] {
        let field = format!("{kind}__gc");
        api.upsert_person(&json!({ "Email": "a@abc.com", field.as_str(): sent })).await.gsid();
        let person = api.get_person("a@abc.com").await;
        assert_eq!(person.body["data"][field.to_lowercase()], read, "{kind} {sent}");
    }
}

#[tokio::test]
async fn refused_values_have_their_code() {
    let test = create_tenant().await;
    let api = test.api();
    let foreign = "1I00QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
    for (kind, sent, code) in [
        ("STRING", json!("é".repeat(256)), "GSOBJ_VDTBSTR1001"),
        ("STRING", json!(true), "GSOBJ_VDTBSTR1001"),
        ("RICHTEXTAREA", json!("x".repeat(32_001)), "GSOBJ_VDTBSTR1001"),
        ("BOOLEAN", json!("yes"), "GSOBJ_VDTBOOL1001"),
        ("NUMBER", json!("+1"), "GSOBJ_VDTNUM1001"),
        ("NUMBER", json!("1,000"), "GSOBJ_VDTNUM1001"),
        ("NUMBER", json!("1000000000000001"), "GSOBJ_VDTNUM1002"),
        ("CURRENCY", json!("12,34.5"), "GSOBJ_VDTCURREN1002"),
        ("CURRENCY", json!("$5"), "GSOBJ_VDTCURREN1001"),
        ("CURRENCY", json!("-1000000000000001"), "GSOBJ_VDTNUM1002"),
        ("PERCENTAGE", json!("half"), "GSOBJ_VDTPERCENT1001"),
        ("DATE", json!("02/29/2023"), "GSOBJ_VDTDATIME1001"),
        ("DATETIME", json!("2018-06-05T12:03:16+14:01"), "GSOBJ_VDTDATIME1001"),
        ("DATETIME", json!(210_318), "GSOBJ_VDTDATIME1001"),
        ("DATETIME", json!(99_999_999_999_u64), "GSOBJ_VDTDATIME1001"),
        ("EMAIL", json!(format!("x@{}.co", "y".repeat(250))), "GSOBJ_VDTEMAIL1001"),
        ("EMAIL", json!("a b@c.co"), "GSOBJ_VDTEMAIL1001"),
        ("URL", json!(format!("a.co/{}", "x".repeat(1_020))), "GSOBJ_VDTURL1001"),
        ("URL", json!("ftp://a.co"), "GSOBJ_VDTURL1001"),
        ("GSID", json!("short"), "GSOBJ_VDTGSID1001"),
        ("SFDCID", json!("001A000000abcdef"), "GSOBJ_VDTSFDCID1001"),
        ("PICKLIST", json!("lead"), "GSOBJ_VDTPKLST1002"),
        ("PICKLIST", json!(foreign), "GSOBJ_VDTPKLST1002"),
        ("MULTI", json!("gold;lead"), "GSOBJ_VDTPKLST1002"),
    ] {
        let field = format!("{kind}__gc");
        let reply = api.upsert_person(&json!({ "Email": "a@abc.com", field.as_str(): sent })).await;
        let error = &reply.body["data"]["errors"][0];
        assert_eq!(
            (&error["errorCode"], &error["field"]),
            (&json!(code), &json!(field)),
            "{kind} {sent}: {}",
            reply.body
        );
    }
    assert!(test.read_items().await.is_empty());
}
