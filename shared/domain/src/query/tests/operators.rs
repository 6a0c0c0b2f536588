//! Every operator on every kind of value, and the values that a type refuses.

use serde_json::{Value as Json, json};

use super::{BORN, ask, gsid, meets, tenant_ids};

#[test]
fn operators() {
    let item = tenant_ids().dropdown_item_gsid("colours", "red");
    let companies = [
        json!({ "Name": "Acme", "ARR": 9, "RenewalDate": "2024-03-18", "Flag__gc": true,
            "Mail__gc": "A@abc.com", "Colours__gc": ["red", "blue"] }),
        json!({ "Name": "acme two", "ARR": 10, "RenewalDate": "2024-03-19", "Flag__gc": false,
            "Mail__gc": "\u{feff}Straße@faß.de", "Colours__gc": ["red"], "Plan__gc": null }),
        json!({ "Name": " Zed ", "ARR": -10.5, "Plan__gc": "gold" }),
        json!({ "Name": "Über" }),
    ];
    let cases: &[(&str, &str, Json, &[usize])] = &[
        ("Name", "EQ", json!(["Acme"]), &[0]),
        ("name", "eq", json!("Acme"), &[0]),
        ("Name", "EQ", json!(["acme"]), &[]),
        ("Name", "EQ", json!(["Zed"]), &[2]),
        ("Name", "NE", json!(["Acme"]), &[1, 2, 3]),
        ("ARR", "NE", json!(["9"]), &[1, 2, 3]),
        ("Name", "IN", json!(["Acme", "Zed", "nobody"]), &[0, 2]),
        ("Name", "CONTAINS", json!(["ME"]), &[0, 1]),
        ("Name", "CONTAINS", json!(["ü"]), &[3]),
        ("Name", "DOES_NOT_CONTAINS", json!(["ME"]), &[2, 3]),
        ("Plan__gc", "DOES_NOT_CONTAINS", json!(["o"]), &[0, 1, 3]),
        ("Name", "STARTS_WITH", json!(["AC"]), &[0, 1]),
        ("Name", "ENDS_WITH", json!(["TWO"]), &[1]),
        ("Name", "LT", json!(["a"]), &[0, 2]),
        ("ARR", "LT", json!([9]), &[2]),
        ("ARR", "LTE", json!([9]), &[0, 2]),
        ("ARR", "GT", json!(["9.0"]), &[1]),
        ("ARR", "GTE", json!(["-10.50"]), &[0, 1, 2]),
        ("ARR", "BTW", json!([-11, 9]), &[0, 2]),
        ("ARR", "IS_NULL", json!([]), &[3]),
        ("ARR", "IS_NOT_NULL", Json::Null, &[0, 1, 2]),
        ("ARR", "EQ", Json::Null, &[3]),
        ("ARR", "NE", json!([null]), &[0, 1, 2]),
        ("ARR", "IN", json!([null, 10]), &[1, 3]),
        ("RenewalDate", "EQ", json!(["03/18/2024"]), &[0]),
        ("RenewalDate", "GTE", json!([1_710_720_000_000_i64]), &[0, 1]),
        ("RenewalDate", "GT", json!(["2024-03-18T00:00:00Z"]), &[1]),
        ("CreatedDate", "EQ", json!([BORN + 1]), &[1]),
        ("CreatedDate", "BTW", json!(["2024-03-18", "2024-03-18T10:20:30.457"]), &[0, 1]),
        ("ModifiedDate", "EQ", json!([BORN]), &[0]),
        ("Flag__gc", "EQ", json!(["TRUE"]), &[0]),
        ("Flag__gc", "NE", json!([true]), &[1, 2, 3]),
        ("Mail__gc", "EQ", json!(["a@ABC.com"]), &[0]),
        ("Mail__gc", "EQ", json!(["STRASSE@FAẞ.DE\u{200b}"]), &[1]),
        ("Mail__gc", "IN", json!(["strasse@fass.de", "strasse@xn--fa-hia.de"]), &[1]),
        ("Mail__gc", "GT", json!(["B@abc.com"]), &[1]),
        ("Mail__gc", "ENDS_WITH", json!(["@ABC.COM"]), &[0]),
        ("Colours__gc", "EQ", json!(["red"]), &[1]),
        ("Colours__gc", "EQ", json!(["blue;red"]), &[0]),
        ("Colours__gc", "EQ", json!([item]), &[1]),
        ("Colours__gc", "IN", json!(["blue", "green"]), &[0]),
        ("Colours__gc", "IN", json!([item]), &[0, 1]),
        ("Colours__gc", "CONTAINS", json!(["RE"]), &[0, 1]),
        ("Plan__gc", "EQ", json!(["basic"]), &[0, 3]),
        ("Plan__gc", "IS_NULL", json!([]), &[1]),
        ("Gsid", "IN", json!([gsid(3), gsid(9)]), &[3]),
        ("CreatedBy", "IS_NULL", json!([]), &[0, 1, 2, 3]),
    ];
    for (name, operator, value, expected) in cases {
        assert_eq!(
            meets(&companies, name, operator, value),
            *expected,
            "{name} {operator} {value}"
        );
    }
}

/// contract: query#values-of-conditions, query#values-that-no-field-can-hold.
#[test]
fn what_no_value_of_the_type_can_be_matches_nothing() {
    let companies = [
        json!({ "Name": "Acme", "Mail__gc": "a@abc.com", "Site__gc": "abc.com",
            "Sfdc__gc": "001A000001Abcde", "CompanyType": "Lead", "Colours__gc": ["red"],
            "Partner__gc": gsid(0) }),
        json!({ "Name": "Other" }),
    ];
    let long = json!("x".repeat(256));
    let none: [usize; 0] = [];
    for (name, value) in [
        ("Name", long.clone()),
        ("Summary", json!("x".repeat(32_001))),
        ("Mail__gc", json!("nobody@")),
        ("Mail__gc", json!("  ")),
        ("Site__gc", json!("no url")),
        ("Sfdc__gc", json!("001")),
        ("Gsid", json!("abc")),
        ("Partner__gc", json!("abc")),
        ("CompanyType", long.clone()),
        ("Colours__gc", long.clone()),
        ("Colours__gc", json!(["red", long])),
    ] {
        assert_eq!(meets(&companies, name, "EQ", &json!([value])), none, "{name}");
        assert_eq!(meets(&companies, name, "NE", &json!([value])), [0, 1], "{name}");
        assert_eq!(meets(&companies, name, "IN", &json!([value])), none, "{name}");
        if name == "Colours__gc" {
            continue;
        }
        for operator in ["LT", "LTE", "GT", "GTE"] {
            assert_eq!(
                meets(&companies, name, operator, &json!([value])),
                none,
                "{name} {operator}"
            );
        }
        assert_eq!(meets(&companies, name, "BTW", &json!([value, value])), none, "{name}");
    }
    assert_eq!(meets(&companies, "Gsid", "IN", &json!(["abc", gsid(1)])), [1]);
    assert_eq!(meets(&companies, "Mail__gc", "IN", &json!(["nobody@", null])), [1]);
}

#[test]
fn what_the_type_refuses_is_a_fault_of_data_objects() {
    for (name, operator, value, code) in [
        ("ARR", "EQ", json!(["many"]), "GSOBJ_1002"),
        ("ARR", "CONTAINS", json!(["1"]), "GSOBJ_1002"),
        ("ARR", "LT", json!([null]), "GSOBJ_1002"),
        ("Name", "EQ", json!([7]), "GSOBJ_1002"),
        ("Name", "CONTAINS", json!([""]), "GSOBJ_1002"),
        ("Flag__gc", "LT", json!([true]), "GSOBJ_1002"),
        ("Flag__gc", "EQ", json!(["yes"]), "GSOBJ_1008"),
        ("RenewalDate", "EQ", json!(["31/31/2024"]), "GSOBJ_1006"),
        ("CreatedDate", "EQ", json!([210_318]), "GSOBJ_1005"),
        ("Gsid", "EQ", json!([7]), "GSOBJ_1002"),
        ("Mail__gc", "IN", json!(["a@abc.com", true]), "GSOBJ_1002"),
        ("Colours__gc", "EQ", json!([["red", 7]]), "GSOBJ_1002"),
        ("Name", "EQ", json!([["Acme"]]), "GSOBJ_1002"),
        ("Gsid", "LT", json!([null]), "GSOBJ_1002"),
        ("Nope", "EQ", json!(["abc"]), "GSOBJ_1002"),
        ("Partner__gr.Nope", "EQ", json!(["abc"]), "GSOBJ_1002"),
        ("ARR__gr.Name", "EQ", json!(["abc"]), "GSOBJ_1002"),
        ("Partner__gc.Name", "EQ", json!(["abc"]), "GSOBJ_1002"),
        ("Partner__gr.Partner__gr.Name", "EQ", json!(["abc"]), "GSOBJ_1002"),
    ] {
        let condition = json!({ "name": name, "operator": operator, "value": value });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        let fault = ask(&[], &body).unwrap_err();
        assert_eq!(fault.code.as_str(), code, "{name} {operator} {value}");
    }
    for body in
        [json!({ "select": ["x"] }), json!({ "select": ["Gsid"], "orderBy": { "x": "asc" } })]
    {
        assert_eq!(ask(&[], &body).unwrap_err().value, "x", "{body}");
    }
}
