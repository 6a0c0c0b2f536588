//! The person that a row names, and the faults that are found without the store.

use serde_json::json;

use super::*;
use crate::ids::gsid::Gsid;
use crate::json;
use crate::values;

fn parsed(raw: Json) -> (PersonRef, Vec<(Option<String>, Code)>) {
    let metadata = Metadata::new(false, &[]);
    let row = parse(&raw, &Lookups::default(), &metadata);
    let parts = std::iter::once(&row.person).chain(row.associations());
    let faults = parts
        .flat_map(|part| &part.faults)
        .map(|fault| (fault.field.clone(), fault.code))
        .collect();
    (row.person_ref, faults)
}

const ID: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
const OTHER: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7E";

#[test]
fn a_person_is_named_in_the_order_of_the_contract() {
    let gsid = |id: &str, name| PersonRef::Gsid(Gsid::parse(id).unwrap(), name);
    let email = Email::parse("a@b.co").unwrap();
    let lookups = json!({"companies": {"Person_ID": {"fields": {"PersonEmail": "Email"}}}});
    for (raw, person_ref) in [
        (json!({"gsid": ID, "Person_ID": OTHER, "Email": "a@b.co"}), gsid(ID, "Gsid")),
        (json!({"person_id": ID, "Email": "a@b.co"}), gsid(ID, "Person_ID")),
        (
            json!({"Email": "a@b.co", "companies": [{"Person_ID": ID}]}),
            PersonRef::Email(email.clone()),
        ),
        (json!({"companies": [{"Person_ID": ID}]}), gsid(ID, "Person_ID")),
        (
            json!({"companies": [{"PersonEmail": " a@b.co"}], "lookups": lookups}),
            PersonRef::LookedUp(email),
        ),
    ] {
        assert_eq!(parsed(raw.clone()), (person_ref, Vec::new()), "{raw}");
    }
}

#[test]
fn every_problem_is_collected() {
    let fault = |field: &str, code| (Some(field.to_owned()), code);
    let missing = (PersonRef::Unidentified, vec![fault("Email", Code::KeyMissing)]);
    for (raw, expected) in [
        (json!({"FirstName": "A"}), missing.clone()),
        (json!({"Email": "", "FirstName": "A"}), missing),
        (
            json!({"Email": "johnsmith@"}),
            (PersonRef::Unidentified, vec![fault("Email", Code::Email)]),
        ),
        (json!({}), (PersonRef::Unidentified, vec![(None, Code::RowInfo)])),
        (json!(null), (PersonRef::Unidentified, vec![(None, Code::RowInfo)])),
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
    assert_eq!(row.echoed_lists.map(Json::from), Some(lists));
    assert_eq!(
        row.person_ref,
        PersonRef::Email(Email::parse("a@b.co").unwrap()),
        "who is there has no defaults"
    );
}

#[test]
fn sources_are_consumed() {
    let metadata = Metadata::new(false, &[]);
    let lookups = json!({"companies": {"Company_ID": {"fields": {"companyname": "Name"}}}});
    let raw = json!({"Email": "a@b.co",
        "companies": [{"CompanyName": " abc, Inc. ", "role": "Admin"}], "lookups": lookups});
    let row = parse(&raw, &Lookups::default(), &metadata);
    let part = &row.companies.as_ref().unwrap()[0].part;
    assert!(part.faults.is_empty());
    let query = part.pending_lookups[0].query.clone().unwrap();
    assert_eq!(query.conditions, [("Name".to_owned(), "abc, Inc.".to_owned())]);
}

/// A parsed record as text: its person, its fields and faults, and its echo.
fn describe_row(text: &str) -> String {
    let metadata = Metadata::new(false, &[]);
    let raw = json::parse(text.as_bytes()).unwrap();
    let row = parse(&raw, &Lookups::default(), &metadata);
    let person_ref = match &row.person_ref {
        PersonRef::Gsid(gsid, _) => gsid.as_str(),
        PersonRef::Email(email) | PersonRef::LookedUp(email) => email.as_sent(),
        PersonRef::Unidentified => "nobody",
    };
    let mut described = vec![person_ref.to_owned()];
    for part in row.parts() {
        for (field, value) in &part.values {
            let value = value.as_ref().map(|value| values::to_json(field.kind, value));
            described.push(format!("{}={}", field.name, value.unwrap_or_default()));
        }
        described.extend(part.ids.company.iter().map(|id| id.as_str().to_owned()));
        described.extend(
            part.faults.iter().filter_map(|fault| Some(format!("!{}", fault.field.as_ref()?))),
        );
        described.extend(part.sent.iter().map(|(name, raw)| format!("{name}:{raw}")));
    }
    described.join(" ").replace(ID, "ID").replace(OTHER, "OTHER")
}

#[test]
fn the_last_of_a_name_in_any_spelling_counts_and_is_shown_once() {
    for (text, expected) in [
        (
            r#"{"Email":"a@b.co","FirstName":"1","firstname":"2","FirstName":"3"}"#,
            r#"a@b.co FirstName="3" FirstName:"3" Email:"a@b.co""#,
        ),
        (r#"{"Email":"a@b.co","email":"c@d.co","Email":"a@b.co"}"#, r#"a@b.co Email:"a@b.co""#),
        (r#"{"Email":"a@b.co","EMAIL":"c@d.co"}"#, r#"c@d.co Email:"c@d.co""#),
        (r#"{"Email":"a@","email":"c@d.co"}"#, r#"c@d.co Email:"c@d.co""#),
        (r#"{"email":"c@d.co","Email":"a@"}"#, r#"nobody !Email Email:"a@""#),
        (r#"{"Gsid":"@ID","gsid":"@OTHER","Gsid":"@ID"}"#, "ID"),
        (r#"{"gsid":1,"Gsid":"@ID"}"#, "ID"),
        (
            r#"{"gsid":"@ID","LastName":1,"lastname":"x","FirstName":"y","LASTNAME":null}"#,
            r#"ID FirstName="y" LastName=null FirstName:"y" LastName:null"#,
        ),
        (r#"{"gsid":"@ID","FirstName":"x","FIRSTNAME":1}"#, r#"ID !FirstName FirstName:1"#),
        (r#"{"gsid":"@ID","Nope":1,"nope":2}"#, "ID !nope nope:2"),
        (
            r#"{"gsid":"@ID","companies":1,"Companies":[{"Company_ID":"x","Title":1,"title":"t","company_id":"@OTHER"}]}"#,
            r#"ID Title="t" OTHER Title:"t" Company_ID:"OTHER""#,
        ),
        (
            r#"{"gsid":"@ID","Companies":[{"Company_ID":"@OTHER"}],"companies":1}"#,
            "ID !companies companies:1",
        ),
        (
            r#"{"gsid":"@ID","lookups":[],"Lookups":{},"FirstName":"x"}"#,
            r#"ID FirstName="x" FirstName:"x""#,
        ),
        (
            r#"{"gsid":"@ID","Lookups":{},"lookups":[],"FirstName":"x","firstname":"y"}"#,
            r#"ID !lookups FirstName:"y""#,
        ),
        (
            r#"{"lookups":{"person":{"Person_ID":{"fields":{"M":"Email"}}}},"M":"a@","m":"c@d.co"}"#,
            "c@d.co",
        ),
    ] {
        let text = text.replace("@ID", ID).replace("@OTHER", OTHER);
        assert_eq!(describe_row(&text), expected, "{text}");
    }
}

#[test]
fn faults_stand_where_the_last_spelling_does() {
    let metadata = Metadata::new(false, &[]);
    let raw = json::parse(br#"{"Email":"a@b.co","FirstName":1,"LastName":1,"firstname":2}"#);
    let raw = raw.unwrap();
    let person = parse(&raw, &Lookups::default(), &metadata).person;
    let ranks: Vec<_> = person.faults.iter().map(|fault| person.fault_rank(fault).1).collect();
    assert_eq!(ranks, [Some(2), Some(3)]);
}

#[test]
fn a_lookup_of_a_person_searches_the_key_of_what_was_sent() {
    let metadata = Metadata::new(false, &[]);
    let lookups = json!({"companies": {"Person_ID": {"fields": {"Mail": "Email"}}}});
    let sent = "\u{feff}STRASSE@faß.de ";
    let raw = json!({"companies": [{"Mail": sent}], "lookups": lookups});
    let row = parse(&raw, &Lookups::default(), &metadata);
    let email = Email::parse(sent).unwrap();
    let part = &row.companies.as_ref().unwrap()[0].part;
    let query = part.person_lookup.as_ref().unwrap().query.clone().unwrap();
    assert_eq!(query.conditions, [("Email".to_owned(), email.key().to_owned())]);
    assert_eq!(row.person_ref, PersonRef::LookedUp(email));
    for none in ["n/a", "a\u{200b}b@x.com", "a@b\u{ad}c.com"] {
        let raw = json!({"companies": [{"Mail": none}], "lookups": lookups});
        let (person_ref, faults) = parsed(raw);
        assert_eq!(
            (person_ref, faults[0].1),
            (PersonRef::Unidentified, Code::LookupNotResolved),
            "{none}"
        );
    }
}

#[test]
fn a_person_is_one_item_and_an_item_has_an_end() {
    let companies = vec![json!({"Company_ID": ID}); limit::PERSON_ASSOCIATIONS_MAX + 1];
    let (_, faults) = parsed(json!({"Email": "a@b.co", "companies": companies}));
    assert_eq!(faults, [(None, Code::RowInfo)]);
    let members = (0..=limit::RECORD_MEMBERS_MAX).map(|n| (n.to_string(), json!(n)));
    let (_, faults) = parsed(members.collect());
    assert_eq!(faults[0], (None, Code::RowInfo), "and a record has an end, too");
}

/// contract: lookups#sources-not-sent.
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
        assert_eq!(part.pending_lookups.len(), pending, "{sources}");
        assert!(
            part.pending_lookups.iter().all(|pending| pending.query.is_none()),
            "some is no match"
        );
        let shown =
            part.pending_lookups.first().map(|pending| Json::from(pending.searched_values.clone()));
        assert_eq!(shown.unwrap_or(json!({})), sought);
    }
    let nobody = json!({ "companies": [{ "Who": null }], "lookups": lookups });
    assert_eq!(parsed(nobody).1, [(Some("Email".to_owned()), Code::KeyMissing)]);
}
