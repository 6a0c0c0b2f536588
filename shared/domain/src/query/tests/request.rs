//! Bodies of a wrong shape.

use serde_json::{Value as Json, json};

use crate::query::Request;

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
        (json!({ "select": ["Gsid"], "offset": 100_001 }), "offset takes"),
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
        let said = Request::parse(&body).unwrap_err();
        assert!(said.contains(part), "{body}: {said}");
    }
    for body in [
        json!({ "select": ["Gsid"], "where": null, "orderBy": null, "limit": null, "offset": null }),
        json!({ "select": ["Gsid"], "where": { "conditions": [], "expression": "" } }),
        json!({ "select": ["Gsid"], "limit": "5000", "offset": "0", "orderBy": {} }),
        joined(["", ""], " "),
    ] {
        assert!(Request::parse(&body).is_ok(), "{body}");
    }
}
