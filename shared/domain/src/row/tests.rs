//! Who a row is about, and what is wrong with it before the store is asked.

use serde_json::json;

use super::*;
use crate::gsid::Gsid;
use crate::value::Value;

fn parsed(raw: Json) -> (Who, Vec<(Option<String>, Code)>) {
    let metadata = Metadata::new(false, &[]);
    let row = parse(&raw, &Lookups::default(), &metadata);
    let parts = std::iter::once(&row.person).chain(row.associations());
    let faults = parts
        .flat_map(|part| &part.faults)
        .map(|fault| (fault.field.clone(), fault.code))
        .collect();
    (row.who, faults)
}

const ID: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
const OTHER: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7E";

#[test]
fn a_person_is_named_in_the_order_of_the_contract() {
    let gsid = |id: &str, name| Who::Gsid(Gsid::parse(id).unwrap(), name);
    let email = Email::parse("a@b.co").unwrap();
    let lookups = json!({"companies": {"Person_ID": {"fields": {"PersonEmail": "Email"}}}});
    for (raw, who) in [
        (json!({"gsid": ID, "Person_ID": OTHER, "Email": "a@b.co"}), gsid(ID, "Gsid")),
        (json!({"person_id": ID, "Email": "a@b.co"}), gsid(ID, "Person_ID")),
        (json!({"Email": "a@b.co", "companies": [{"Person_ID": ID}]}), Who::Email(email.clone())),
        (json!({"companies": [{"Person_ID": ID}]}), gsid(ID, "Person_ID")),
        (json!({"companies": [{"PersonEmail": " a@b.co"}], "lookups": lookups}), Who::Found(email)),
    ] {
        assert_eq!(parsed(raw.clone()), (who, Vec::new()), "{raw}");
    }
}

#[test]
fn every_problem_is_collected() {
    let fault = |field: &str, code| (Some(field.to_owned()), code);
    let missing = (Who::Nobody, vec![fault("Email", Code::KeyMissing)]);
    for (raw, expected) in [
        (json!({"FirstName": "A"}), missing.clone()),
        (json!({"Email": "", "FirstName": "A"}), missing),
        (json!({"Email": "johnsmith@"}), (Who::Nobody, vec![fault("Email", Code::Email)])),
        (json!({}), (Who::Nobody, vec![(None, Code::RowInfo)])),
        (json!(null), (Who::Nobody, vec![(None, Code::RowInfo)])),
    ] {
        assert_eq!(parsed(raw.clone()), expected, "{raw}");
    }
    let (_, faults) = parsed(json!({"Email": "a@b.co", "Nope": 1, "FirstName": 2, "companies": 3,
        "relationships": [null]}));
    let mut fields: Vec<_> =
        faults.into_iter().map(|(field, code)| (field.unwrap(), code)).collect();
    fields.sort_by_key(|(field, _)| field.clone());
    let expected = [
        ("FirstName", Code::String),
        ("Nope", Code::UnknownField),
        ("companies", Code::RowInfo),
        ("relationships", Code::RowInfo),
    ];
    assert_eq!(fields, expected.map(|(field, code)| (field.to_owned(), code)));
}

#[test]
fn lookups_of_a_wrong_shape_are_the_one_fault() {
    let raw =
        json!({"Email": "a@b.co", "lookups": [], "Nope": 1, "companies": [{"CompanyName": "x"}]});
    assert_eq!(parsed(raw.clone()).1, [(Some("lookups".to_owned()), Code::RowInfo)]);
    let metadata = Metadata::new(false, &[]);
    let row = parse(&raw, &Lookups::default(), &metadata);
    let shown: Vec<_> = row.person.sent.iter().map(|(name, _)| *name).collect();
    assert_eq!(shown, ["Nope", "Email"]);
    let lists = json!({ "companies": [{ "CompanyName": "x" }] });
    assert_eq!(row.shown.map(Json::from), Some(lists));
    assert_eq!(
        row.who,
        Who::Email(Email::parse("a@b.co").unwrap()),
        "who is there has no defaults"
    );
}

#[test]
fn sources_are_consumed_and_the_last_spelling_wins() {
    let metadata = Metadata::new(false, &[]);
    let lookups = json!({"companies": {"Company_ID": {"fields": {"companyname": "Name"}}}});
    let raw = json!({"Email": "a@b.co", "FirstName": "A", "firstname": "B",
        "companies": [{"CompanyName": " abc, Inc. ", "role": "Admin"}], "lookups": lookups});
    let row = parse(&raw, &Lookups::default(), &metadata);
    let (_, faults) = parsed(json!({ "Email": "a@b.co", "FirstName": 5, "firstname": "B" }));
    assert_eq!(faults, [], "what the last spelling says counts");
    assert_eq!(row.person.values.len(), 1);
    assert_eq!(row.person.values[0].1, Some(Value::Text("B".to_owned())));
    let part = &row.companies.as_ref().unwrap()[0].part;
    assert!(part.faults.is_empty());
    let query = part.pending[0].query.clone().unwrap();
    assert_eq!(query.conditions, [("Name".to_owned(), "abc, Inc.".to_owned())]);
}

#[test]
fn a_person_is_one_item_and_an_item_has_an_end() {
    let companies = vec![json!({"Company_ID": ID}); limit::ASSOCIATIONS + 1];
    let (_, faults) = parsed(json!({"Email": "a@b.co", "companies": companies}));
    assert_eq!(faults, [(None, Code::RowInfo)]);
    let members = (0..=limit::MEMBERS).map(|n| (n.to_string(), json!(n)));
    let (_, faults) = parsed(members.collect());
    assert_eq!(faults[0], (None, Code::RowInfo), "and a record has an end, too");
}

/// Contract-details 17.
#[test]
fn a_source_without_a_value_is_not_sent() {
    let metadata = Metadata::new(false, &[]);
    let lookups = json!({ "companies": {
        "Company_ID": { "fields": { "N": "Name", "I": "Industry" } },
        "Person_ID": { "fields": { "Who": "Email" } } } });
    for (sources, pending, sought) in [
        (json!({ "N": null, "I": "" }), 0, json!({})),
        (json!({ "N": null, "I": "x" }), 1, json!({ "Name": null, "Industry": "x" })),
        (json!({ "N": "x", "I": "" }), 1, json!({ "Name": "x", "Industry": null })),
    ] {
        let mut company = sources.clone();
        company["Who"] = json!("");
        let raw = json!({ "Email": "a@b.co", "companies": [company], "lookups": lookups });
        let row = parse(&raw, &Lookups::default(), &metadata);
        let part = &row.companies.as_ref().unwrap()[0].part;
        assert!(
            part.faults.is_empty() && part.sent.is_empty(),
            "sources are consumed all the same"
        );
        assert!(part.person_lookup.is_none());
        assert_eq!(part.pending.len(), pending, "{sources}");
        assert!(part.pending.iter().all(|pending| pending.query.is_none()), "some is no match");
        let shown = part.pending.first().map(|pending| Json::from(pending.sought.clone()));
        assert_eq!(shown.unwrap_or(json!({})), sought);
    }
    let nobody = json!({ "companies": [{ "Who": null }], "lookups": lookups });
    assert_eq!(parsed(nobody).1, [(Some("Email".to_owned()), Code::KeyMissing)]);
}
