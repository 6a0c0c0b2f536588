//! Malformed bodies.

use serde_json::{Value as Json, json};

use crate::json;
use crate::query::{QueryRequest, SortDirection};

#[test]
fn a_wrong_shape_says_what_is_right() {
    let filter =
        |condition: Json| json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
    let joined = |aliases: [&str; 2], expression: &str| {
        let condition = |alias| json!({ "name": "Name", "alias": alias, "operator": "IS_NULL" });
        let conditions = aliases.map(condition);
        json!({ "select": ["Gsid"], "where": { "conditions": conditions, "expression": expression } })
    };
    for (body, part) in [
        (json!([]), "select"),
        (json!({}), "select takes"),
        (json!({ "select": [] }), "select takes"),
        (json!({ "select": "Gsid" }), "select takes"),
        (json!({ "select": vec!["Gsid"; 501] }), "500"),
        (
            json!({ "select": ["Gsid"], "limit": 5_001 }),
            "limit takes a whole number from 1 to 5000",
        ),
        (json!({ "select": ["Gsid"], "limit": 0 }), "limit takes"),
        (json!({ "select": ["Gsid"], "limit": 1.5 }), "limit takes"),
        (json!({ "select": ["Gsid"], "offset": -1 }), "offset takes"),
        (json!({ "select": ["Gsid"], "offset": 0.5 }), "offset takes"),
        (json!({ "select": ["Gsid"], "orderBy": ["Name"] }), "orderBy takes"),
        (json!({ "select": ["Gsid"], "orderBy": { "Name": "up" } }), "orderBy takes"),
        (json!({ "select": ["Gsid"], "where": [] }), "where takes"),
        (filter(json!(1)), "A condition takes"),
        (filter(json!({ "operator": "EQ", "value": 1 })), "A condition takes"),
        (filter(json!({ "name": "Name", "operator": "LIKE", "value": 1 })), "DOES_NOT_CONTAINS"),
        (filter(json!({ "name": "Name", "operator": "EQ" })), "EQ of Name takes 1 values, not 0"),
        (filter(json!({ "name": "ARR", "operator": "BTW", "value": [1] })), "takes 2 values"),
        (filter(json!({ "name": "Name", "operator": "IN", "value": [] })), "1 to 1000 values"),
        (joined(["A", "a"], "A"), "alias of its own"),
        (joined(["A", "or"], "A"), "alias of its own"),
        (joined(["A", "B"], "A AND C"), "names C"),
        (joined(["A", "B"], "A AND NOT B"), "names NOT"),
    ] {
        let said = QueryRequest::parse(&body).unwrap_err();
        assert!(said.contains(part), "{body}: {said}");
    }
    for body in [
        json!({ "select": ["Gsid"], "where": null, "orderBy": null, "limit": null, "offset": null }),
        json!({ "select": ["Gsid"], "where": { "conditions": [], "expression": "" } }),
        json!({ "select": ["Gsid"], "limit": "5000", "offset": "0", "orderBy": {} }),
        json!({ "select": ["Gsid"], "offset": 1_000_000_000_000_u64 }),
        joined(["", ""], " "),
    ] {
        assert!(QueryRequest::parse(&body).is_ok(), "{body}");
    }
}

#[test]
fn the_last_of_a_name_in_any_spelling_counts() {
    let body = json::parse(
        br#"{"select":["A"],"Select":["B"],"select":["C"],"limit":0,"LIMIT":7,
        "orderBy":{"ARR":"up","Name":"asc","arr":"desc"},
        "where":1,"WHERE":{"conditions":[{"name":"X","Name":"Y","operator":"?","Operator":"IS_NULL"}]}}"#,
    );
    let request = QueryRequest::parse(&body.unwrap()).unwrap();
    assert_eq!((request.select, request.limit), (vec!["C".to_owned()], 7));
    let order = [
        ("Name".to_owned(), SortDirection::Ascending),
        ("arr".to_owned(), SortDirection::Descending),
    ];
    assert_eq!(request.order, order);
    assert_eq!(request.conditions[0].name, "Y");
}
