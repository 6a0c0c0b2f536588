//! The access paths of queries.

use serde_json::{Value as Json, json};

use super::{gsid, metadata, tenant_ids};
use crate::ids::email::EmailKey;
use crate::ids::gsid::{Gsid, GsidKind};
use crate::people::{AssociationIndex, IndexedTarget};
use crate::query::{AccessPath, KeyRange, Query, QueryRequest};
use crate::schema::metadata::{CustomField, Metadata};
use crate::values::FieldType;

fn everything() -> AccessPath {
    AccessPath::All(KeyRange::default())
}

#[test]
fn keys_and_entries_are_used_where_nothing_matches_without_them() {
    let gsid_is = json!({ "name": "Gsid", "alias": "A", "operator": "EQ", "value": [gsid(1)] });
    let name_is = json!({ "name": "Name", "alias": "B", "operator": "IN", "value": [" x ", "y"] });
    let other = json!({ "name": "Stage", "alias": "C", "operator": "EQ", "value": ["x"] });
    let not = json!({ "name": "Name", "alias": "D", "operator": "NE", "value": ["x"] });
    let or_null = json!({ "name": "Name", "alias": "E", "operator": "IN", "value": ["x", null] });
    let conditions = json!([gsid_is, name_is, other, not, or_null]);
    let by_gsid = AccessPath::Records(vec![Gsid::parse(&gsid(1)).unwrap()]);
    let by_name = AccessPath::Entries("Name".to_owned(), vec!["x".to_owned(), "y".to_owned()]);
    for (expression, expected) in [
        ("A", &by_gsid),
        ("C and (B and A)", &by_gsid),
        ("B AND C", &by_name),
        ("B AND (A OR C)", &by_name),
        ("A OR B", &everything()),
        ("C", &everything()),
        ("D", &everything()),
        ("E", &everything()),
    ] {
        let filter = json!({ "conditions": conditions, "expression": expression });
        let request = QueryRequest::parse(&json!({ "select": ["Name"], "where": filter })).unwrap();
        let (metadata, tenant_ids) = (metadata(), tenant_ids());
        let object = metadata.object("company").unwrap();
        let query = Query::from_request(&request, object, &metadata, &tenant_ids).unwrap();
        assert_eq!(&query.access_path(), expected, "{expression}");
    }
}

#[test]
fn people_are_found_by_their_own_names_alone() {
    let gsid = Gsid::parse(&tenant_ids().gsid_of_part(GsidKind::Person, &"0".repeat(18))).unwrap();
    let people = AccessPath::People(vec![gsid.clone()]);
    let emails = AccessPath::Emails(vec![EmailKey::from_stored("strasse@xn--fa-hia.de")]);
    for (object, name, value, expected) in [
        ("person", "Gsid", gsid.as_str(), &people),
        ("person", "Email", "Straße@faß.DE", &emails),
        ("person", "LastName", "x", &everything()),
        ("company_person", "Gsid", gsid.as_str(), &everything()),
        ("company_person", "Person_ID", gsid.as_str(), &people),
        ("company_person", "Person_ID__gr.Gsid", gsid.as_str(), &people),
        ("relationship_person", "Person_ID__gr.Email", "STRASSE@xn--fa-hia.de", &emails),
        ("relationship_person", "Company_ID", gsid.as_str(), &everything()),
    ] {
        let condition = json!({ "name": name, "operator": "EQ", "value": value });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        let (metadata, tenant_ids, request) =
            (metadata(), tenant_ids(), QueryRequest::parse(&body).unwrap());
        let object = metadata.object(object).unwrap();
        let query = Query::from_request(&request, object, &metadata, &tenant_ids).unwrap();
        assert_eq!(&query.access_path(), expected, "{} {name}", object.name);
    }
}

#[test]
fn nothing_is_read_for_what_no_row_can_hold() {
    let nothing = AccessPath::Records(Vec::new());
    let long = "x".repeat(256);
    for (object, name, operator, value, expected) in [
        ("company", "Gsid", "EQ", json!("abc"), &nothing),
        ("company", "Name", "IN", json!([long, long]), &nothing),
        ("company", "Stage", "EQ", json!(long), &nothing),
        ("company", "Stage", "GT", json!(long), &nothing),
        ("company", "Stage", "NE", json!(long), &everything()),
        ("company", "Stage", "IN", json!([long, "x"]), &everything()),
        ("company", "Colours__gc", "EQ", json!(long), &nothing),
        ("person", "LinkedinUrl", "EQ", json!("no url"), &AccessPath::People(Vec::new())),
        ("person", "Email", "EQ", json!("nobody@"), &AccessPath::People(Vec::new())),
        ("company_person", "Title", "BTW", json!(["a", long]), &AccessPath::People(Vec::new())),
    ] {
        let condition = json!({ "name": name, "operator": operator, "value": value });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        let (metadata, tenant_ids, request) =
            (metadata(), tenant_ids(), QueryRequest::parse(&body).unwrap());
        let object = metadata.object(object).unwrap();
        let query = Query::from_request(&request, object, &metadata, &tenant_ids).unwrap();
        assert_eq!(&query.access_path(), expected, "{} {name} {operator}", object.name);
    }
}

#[test]
fn associations_are_found_by_their_index_once_it_is_complete() {
    let condition =
        |name: &str, value: &str| json!({ "name": name, "operator": "EQ", "value": [value] });
    let by_company = |indexed: bool| {
        let index = AssociationIndex::Company;
        let field = CustomField {
            indexed,
            indexing: !indexed,
            ..CustomField::new(index.object(), index.field(), FieldType::Gsid, "")
        };
        let metadata = Metadata::new(false, &[field]);
        let path = |conditions: Json| {
            let filter = json!({ "conditions": conditions });
            let request =
                QueryRequest::parse(&json!({ "select": ["Title"], "where": filter })).unwrap();
            let tenant_ids = tenant_ids();
            let object = metadata.object(index.object()).unwrap();
            let query = Query::from_request(&request, object, &metadata, &tenant_ids).unwrap();
            query.access_path()
        };
        let company = condition("Company_ID", &gsid(1));
        let person = condition("Person_ID", &gsid(2));
        [path(json!([company.clone()])), path(json!([company, person]))]
    };
    let target = IndexedTarget { index: AssociationIndex::Company, gsid: gsid(1) };
    let by_person = AccessPath::People(vec![Gsid::parse(&gsid(2)).unwrap()]);
    assert_eq!(by_company(true), [AccessPath::Associations(vec![target]), by_person.clone()]);
    let [all, person] = by_company(false);
    assert!(matches!(all, AccessPath::All(_)), "{all:?}");
    assert_eq!(person, by_person);
}
