//! Queries over rows in memory, carried out as the store does.

mod access;
mod filter;
mod operators;
mod request;
mod rows;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::operator::OPERATOR_NAMES;
use super::{Query, QueryRequest, RankedRows, Ranking, RelatedRows, RowReference};
use crate::ids::gsid::GsidKind;
use crate::ids::stamp::{LOW_BITS, Stamp};
use crate::ids::tenant_ids::TenantIds;
use crate::objects::ObjectFault;
use crate::objects::record::{Attributes, Record};
use crate::people::view::View;
use crate::schema::metadata::{CustomField, Metadata};
use crate::values::{self, FieldType};

/// 2024-03-18T10:20:30.456.
const BORN: i64 = 1_710_757_230_456;

fn tenant_ids() -> TenantIds {
    TenantIds::new(&[7; 32], "QNK6ENCURXXDZW").unwrap()
}

fn metadata() -> Metadata {
    let own = |name: &str, kind, code: &str| CustomField::new("company", name, kind, code);
    let category = Some("colours".to_owned());
    let fields = [
        own("Flag__gc", FieldType::Boolean, "z1"),
        own("Mail__gc", FieldType::Email, "z2"),
        CustomField { category, ..own("Colours__gc", FieldType::MultiSelectDropdownList, "z3") },
        CustomField {
            lookup: Some("company".to_owned()),
            ..own("Partner__gc", FieldType::Gsid, "z4")
        },
        CustomField {
            defaults: vec![(String::new(), "basic".into())],
            ..own("Plan__gc", FieldType::String, "z5")
        },
        own("Site__gc", FieldType::Url, "z6"),
        own("Sfdc__gc", FieldType::Sfdcid, "z7"),
    ];
    Metadata::new(false, &fields)
}

fn gsid(n: usize) -> String {
    tenant_ids().gsid_of_part(GsidKind::Company, &format!("{n:018}"))
}

fn company(metadata: &Metadata, n: usize, fields: &Json) -> Record {
    let object = metadata.object("company").unwrap();
    let mut attributes = Attributes::new();
    for (name, raw) in fields.as_object().unwrap() {
        let field = object.field(name).unwrap();
        let parsed = values::parse(field.kind, field.max_length, raw).unwrap();
        attributes.insert(field.code().unwrap().to_owned(), parsed);
    }
    let created = Stamp::new((u128::try_from(BORN).unwrap() + n as u128) << LOW_BITS);
    Record { object: "company".to_owned(), gsid: gsid(n), created, attributes }
}

/// The answer to a query over companies with these fields, numbered in their order.
fn ask(companies: &[Json], body: &Json) -> Result<Vec<Json>, ObjectFault> {
    let (metadata, tenant_ids, request) =
        (metadata(), tenant_ids(), QueryRequest::parse(body).unwrap());
    let records: Vec<_> =
        companies.iter().enumerate().map(|(n, one)| company(&metadata, n, one)).collect();
    let query =
        Query::from_request(&request, metadata.object("company").unwrap(), &metadata, &tenant_ids)?;
    let mut related = RelatedRows::default();
    let read = |wanted: Vec<RowReference>, related: &mut RelatedRows| {
        for reference in related.request_new(wanted) {
            let found = records.iter().find(|record| record.gsid == reference.gsid);
            found.into_iter().for_each(|record| related.add_record(Arc::new(record.clone())));
        }
    };
    let mut ranking = Ranking::new(usize::MAX, usize::MAX);
    for view in records.iter().map(View::Record).filter(|view| query.may_match(*view)) {
        read(query.match_dependencies(view).collect(), &mut related);
        if query.matches(view, &related) {
            ranking.push(query.rank_row(view, &related), || query.read_cells(view));
        }
    }
    let RankedRows::Rows(rows) = ranking.finish() else { panic!("all fit") };
    let page: Vec<_> = rows.into_iter().skip(query.offset).take(query.limit).collect();
    read(page.iter().flat_map(|row| query.print_dependencies(row)).collect(), &mut related);
    Ok(page.into_iter().map(|row| query.row_to_json(row.cells, &related)).collect())
}

/// The numbers of the companies that meet one condition.
fn meets(companies: &[Json], name: &str, operator: &str, value: &Json) -> Vec<usize> {
    let condition = json!({ "name": name, "alias": "A", "operator": operator, "value": value });
    let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
    let rows = ask(companies, &body).unwrap();
    let number = |row: &Json| row["Gsid"].as_str().unwrap()[18..].parse().unwrap();
    rows.iter().map(number).collect()
}

proptest! {
    /// Pages by offset, of any size, make up the whole list.
    #[test]
    fn pages_are_the_list_cut(
        values in proptest::collection::vec((0..4_i64, "[ab]{0,2}"), 0..12),
        size in 1..5_usize,
        turned: bool,
    ) {
        let company = |(number, text): &(i64, String)| json!({ "Name": text, "ARR": number });
        let companies: Vec<_> = values.iter().map(company).collect();
        let order = json!({ "ARR": if turned { "desc" } else { "asc" }, "Name": "asc" });
        let page = |offset: usize, limit: usize| {
            let body = json!({ "select": ["Gsid", "ARR"], "orderBy": order, "offset": offset, "limit": limit });
            ask(&companies, &body).unwrap()
        };
        let all = page(0, 100);
        let pages: Vec<_> = (0..=values.len()).step_by(size).flat_map(|at| page(at, size)).collect();
        prop_assert_eq!(&pages, &all);
        let numbers: Vec<_> = all.iter().map(|row| row["ARR"].as_i64().unwrap()).collect();
        let in_order = |a: &i64, b: &i64| if turned { a >= b } else { a <= b };
        prop_assert!(numbers.is_sorted_by(in_order));
    }

    /// Every request is answered with rows or a message, never with a panic.
    #[test]
    fn any_condition_is_answered_or_refused(
        name in prop::sample::select(vec!["Name", "ARR", "RenewalDate", "Flag__gc", "Colours__gc", "Gsid", "Partner__gr.ARR", "é.b"]),
        operator in prop::sample::select(OPERATOR_NAMES.iter().map(|(word, _)| *word).collect::<Vec<_>>()),
        value in prop::collection::vec(prop_oneof![Just(Json::Null), any::<i64>().prop_map(Json::from), any::<bool>().prop_map(Json::from), "[a-c0-9é-]{0,12}".prop_map(Json::from)], 0..3),
    ) {
        let condition = json!({ "name": name, "operator": operator, "value": value });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        if QueryRequest::parse(&body).is_ok() {
            let companies = [json!({ "Name": "a", "ARR": 1 }), json!({ "Name": "b", "Colours__gc": ["c"] })];
            _ = ask(&companies, &body);
        }
    }
}
