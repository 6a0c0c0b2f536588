//! Shapes of `lookups`, and which of several spellings wins.

use super::*;
use crate::json;
use serde_json::json;

#[test]
fn options_default_and_the_records_own_win_target_by_target() {
    let outer = Lookups::parse(&json!({"companies": {
        "Company_ID": {"fields": {"CompanyName": "Name"}, "onNoMatch": "nullable"},
        "X__gc": {"fields": {"x": "Name"}, "objectName": "Company", "multiMatchOption": "MARKASERROR"}}}));
    let own = Lookups::parse(
        &json!({"companies": {"company_id": {"fields": {"Other": "Name"}, "onNoMatch": "?"}}}),
    );
    let both = own.unwrap().merge_over(&outer.unwrap());
    assert_eq!(both.companies.len(), 2);
    assert_eq!(both.companies[0].fields, [("Other".to_owned(), "Name".to_owned())]);
    assert_eq!(
        (both.companies[0].on_no_match, both.companies[0].on_multiple),
        (NoMatch::Error, MultiMatch::First)
    );
    assert_eq!(both.companies[1].on_multiple, MultiMatch::Error);
}

#[test]
fn the_last_spelling_of_each_name_counts_and_an_earlier_one_is_no_fault() {
    let sources = |text: &str| {
        let lookups = Lookups::parse(&json::parse(text.as_bytes()).unwrap())?;
        let groups = [lookups.person, lookups.companies, lookups.relationships].concat();
        let lookup = |lookup: &Lookup| format!("{}:{}", lookup.target, lookup.fields[0].0);
        Some(groups.iter().map(lookup).collect::<Vec<_>>().join(" "))
    };
    let by = |source: &str| format!(r#"{{"fields":{{"{source}":"Name"}}}}"#);
    let (a, b) = (by("a"), by("b"));
    for (text, wanted) in [
        (format!(r#"{{"companies":{{"X":{a}}},"Companies":{{"Y":{b}}}}}"#), Some("Y:b")),
        (format!(r#"{{"companies":1,"COMPANIES":{{"Y":{b}}}}}"#), Some("Y:b")),
        (format!(r#"{{"companies":{{"Y":{b}}},"Companies":1}}"#), None),
        (format!(r#"{{"Person":{{"X":{a}}},"person":{{"Y":{b}}}}}"#), Some("Y:b")),
        (
            format!(r#"{{"person":{{"X":{a}}},"Person":{{"Y":{b}}},"person":{{"X":{a}}}}}"#),
            Some("X:a"),
        ),
        (format!(r#"{{"Person":[],"person":{{"Y":{b}}}}}"#), Some("Y:b")),
        (format!(r#"{{"companies":{{"X":{a},"x":{b},"X":{a}}}}}"#), Some("X:a")),
        (format!(r#"{{"companies":{{"X":1,"x":{b}}}}}"#), Some("x:b")),
        (
            r#"{"companies":{"X":{"fields":{"s":"Name"},"Fields":{"t":"Name"}}}}"#.to_owned(),
            Some("X:t"),
        ),
        (r#"{"companies":{"X":{"fields":{"s":1,"S":"Name"}}}}"#.to_owned(), Some("X:S")),
    ] {
        assert_eq!(sources(&text).as_deref(), wanted, "{text}");
    }
}

#[test]
fn a_wrong_shape_is_none() {
    for raw in [
        json!([]),
        json!({"companies": 1}),
        json!({"companies": {"Company_ID": {}}}),
        json!({"companies": {"Company_ID": {"fields": {"a": 1}}}}),
        json!({"companies": {"Company_ID": {"fields": {}}}}),
        json!({"companies": {}, "company": {}}),
        json!({"people": {}}),
        json!({"persons": null}),
    ] {
        assert_eq!(Lookups::parse(&raw), None, "{raw}");
    }
}
