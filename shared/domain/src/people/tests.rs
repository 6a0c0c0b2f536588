//! Partial upserts of one person are merged field by field, in any order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{WriteContext, apply_assignments, build_assignments};
use crate::ids::stamp::{LOW_BITS, Stamp};
use crate::ids::tenant_ids::TenantIds;
use crate::lookup::Lookups;
use crate::objects::record::{Attributes, Record};
use crate::people::needs::Known;
use crate::people::plan::plan_row;
use crate::people::row;
use crate::schema::metadata::Metadata;
use crate::values::Value;

const INCARNATION: &str = "0123456789ABCDWXYZ";

fn tenant_ids() -> TenantIds {
    TenantIds::new(&[7; 32], "QNK6ENCURXXDZW").unwrap()
}

/// Companies `0..4`, which the store holds.
fn known() -> Known {
    let mut known = Known::default();
    for n in 0..4 {
        let record = Record {
            object: "company".to_owned(),
            gsid: company(n),
            created: Stamp::new(0),
            attributes: Attributes::from([("nm".to_owned(), Some(Value::Text(n.to_string())))]),
        };
        known.records.insert(company(n), record.into());
    }
    known
}

fn company(n: u8) -> String {
    tenant_ids().gsid_of_part(crate::ids::gsid::GsidKind::Company, &format!("00000000000000000{n}"))
}

/// One field of the person or of one of its companies, and its value.
type Change = ((Option<u8>, &'static str), Option<String>);

fn body(changes: &[Change]) -> Json {
    let mut person = Map::from_iter([("Email".to_owned(), json!("a@abc.com"))]);
    let mut companies: BTreeMap<u8, Map<String, Json>> = BTreeMap::new();
    for ((target, field), value) in changes {
        let map = match target {
            None => &mut person,
            Some(n) => companies
                .entry(*n)
                .or_insert_with(|| Map::from_iter([("Company_ID".to_owned(), json!(company(*n)))])),
        };
        map.insert((*field).to_owned(), json!(value));
    }
    person.insert("companies".to_owned(), companies.into_values().map(Json::Object).collect());
    Json::Object(person)
}

fn upsert(item: &mut Attributes, changes: &[Change], at: u128) {
    let metadata = Metadata::new(false, &[]);
    let body = body(changes);
    let row = row::parse(&body, &Lookups::default(), &metadata);
    let planned = plan_row(&row, &known(), &tenant_ids());
    assert!(planned.faults().is_empty(), "{:?}", planned.faults());
    apply_assignments(
        item,
        &build_assignments(
            &planned.write,
            &WriteContext::new(Stamp::new(at << LOW_BITS)),
            INCARNATION,
        ),
    );
}

/// The item without its stamps, which depend on the order.
fn timeless(item: &Attributes) -> Attributes {
    let is_time = |name: &str| matches!(name.rsplit('|').next(), Some("b" | "v"));
    item.iter()
        .filter(|(name, _)| !is_time(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let person = prop::sample::select(vec!["FirstName", "LastName", "Location", "Comments"])
        .prop_map(|field| (None, field));
    let company = (0..4u8, prop::sample::select(vec!["Title", "Role"]))
        .prop_map(|(n, field)| (Some(n), field));
    let value = prop::option::of("[a-z]{1,8}");
    prop::collection::vec((prop_oneof![person, company], value), 1..24)
}

proptest! {
    #[test]
    fn writers_of_different_fields_commute(changes in changes(), seed: u64, writers in 1..6_usize) {
        let unique: Vec<_> = BTreeMap::from_iter(changes).into_iter().collect();
        let mut groups: Vec<Vec<Change>> = vec![Vec::new(); writers];
        for (n, change) in unique.iter().enumerate() {
            groups[(n + usize::try_from(seed % 7).unwrap()) % writers].push(change.clone());
        }
        let mut forward = Attributes::new();
        groups.iter().zip(1..).for_each(|(group, at)| upsert(&mut forward, group, at));
        let mut backward = Attributes::new();
        groups.iter().rev().zip(1..).for_each(|(group, at)| upsert(&mut backward, group, at));
        let mut at_once = Attributes::new();
        upsert(&mut at_once, &unique, 1);
        prop_assert_eq!(timeless(&forward), timeless(&backward));
        prop_assert_eq!(timeless(&forward), timeless(&at_once));
    }

    #[test]
    fn writers_of_the_same_fields_leave_the_last_value(changes in changes()) {
        let mut one_by_one = Attributes::new();
        changes.iter().zip(1..).for_each(|(change, at)| upsert(&mut one_by_one, std::slice::from_ref(change), at));
        let mut merged = Attributes::new();
        upsert(&mut merged, &BTreeMap::from_iter(changes).into_iter().collect::<Vec<_>>(), 1);
        prop_assert_eq!(timeless(&one_by_one), timeless(&merged));
    }

    #[test]
    fn a_person_is_born_once(changes in changes(), stamps in prop::collection::vec(1..1000u128, 1..8)) {
        let mut item = Attributes::new();
        for at in &stamps {
            upsert(&mut item, &changes, *at);
        }
        let person = super::Person::from_attributes(item, &tenant_ids()).unwrap();
        prop_assert_eq!(person.created, Stamp::new(stamps[0] << LOW_BITS));
        prop_assert_eq!(person.updated, Stamp::new(stamps[stamps.len() - 1] << LOW_BITS));
    }
}
