//! Filters let every matching row through.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{company, metadata, tenant_ids};
use crate::objects::record::{Attributes, CREATED, UPDATED};
use crate::people::view::View;
use crate::query::operator::OPERATOR_NAMES;
use crate::query::{Comparison, Filter, Query, QueryRequest, RelatedRows, ResolvedReferences};
use crate::values::Value;

/// Evaluates a filter as DynamoDB does.
fn passes(filter: &Filter, item: &Attributes) -> bool {
    let value = |name: &str| item.get(name).and_then(Option::as_ref);
    match filter {
        Filter::Exists(name) => item.contains_key(name),
        Filter::Absent(name) => !item.contains_key(name),
        Filter::Null(name) => item.get(name).is_some_and(Option::is_none),
        Filter::Compare(name, comparison, wanted) => compare(value(name), *comparison, wanted),
        Filter::In(name, wanted) => wanted.iter().any(|wanted| value(name) == Some(wanted)),
        Filter::Contains(name, wanted) => match value(name) {
            Some(Value::Text(text)) => text.contains(wanted),
            Some(Value::List(list)) => list.contains(wanted),
            _ => false,
        },
        Filter::StartsWith(name, wanted) => {
            matches!(value(name), Some(Value::Text(text)) if text.starts_with(wanted))
        }
        Filter::All(parts) => parts.iter().all(|part| passes(part, item)),
        Filter::Any(parts) => parts.iter().any(|part| passes(part, item)),
    }
}

/// Whether DynamoDB accepts the filter: it has no empty parentheses.
fn is_accepted(filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => {
            !parts.is_empty() && parts.iter().all(is_accepted)
        }
        Filter::In(_, values) => !values.is_empty(),
        _ => true,
    }
}

fn compare(value: Option<&Value>, comparison: Comparison, wanted: &Value) -> bool {
    let order = match (value, wanted) {
        (Some(Value::Number(value)), Value::Number(wanted)) => Some(value.cmp(wanted)),
        (Some(Value::Text(value)), Value::Text(wanted)) => {
            Some(value.as_bytes().cmp(wanted.as_bytes()))
        }
        _ => None,
    };
    match comparison {
        Comparison::Equal => value == Some(wanted),
        Comparison::NotEqual => value != Some(wanted),
        Comparison::Less => order.is_some_and(std::cmp::Ordering::is_lt),
        Comparison::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        Comparison::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
        Comparison::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

fn texts() -> impl Strategy<Value = Json> {
    let text = prop_oneof!["[ab1İ ]{0,3}", Just("basic".to_owned()), Just(" 1 ".to_owned())];
    prop_oneof![4 => text.prop_map(Json::from), 1 => Just(Json::Null)]
}

fn values_of(field: &str) -> BoxedStrategy<Json> {
    let ids = (0..3_usize).prop_map(|n| Json::from(super::gsid(n)));
    match field {
        "ARR" => prop_oneof![(-2..3_i64).prop_map(Json::from), Just(json!(0.5)), Just(Json::Null)]
            .boxed(),
        "RenewalDate" => prop_oneof![
            (0..4_i64).prop_map(|day| Json::from(1_710_720_000_000_i64 + day * 86_400_000)),
            Just(Json::Null)
        ]
        .boxed(),
        "CreatedDate" | "ModifiedDate" => {
            (-2..4_i64).prop_map(|millis| Json::from(super::BORN + millis)).boxed()
        }
        "Flag__gc" => prop_oneof![any::<bool>().prop_map(Json::from), Just(Json::Null)].boxed(),
        "Partner__gc" => prop_oneof![ids, Just(Json::Null)].boxed(),
        "Colours__gc" => {
            prop_oneof![prop::collection::vec("[ab]", 0..3).prop_map(Json::from), Just(Json::Null)]
                .boxed()
        }
        "Site__gc" => prop_oneof!["[ab]\\.b1".prop_map(Json::from), Just(Json::Null)].boxed(),
        "Mail__gc" => prop_oneof!["[aB]@b\\.co".prop_map(Json::from), Just(Json::Null)].boxed(),
        _ => texts().boxed(),
    }
}

const FIELDS: [&str; 10] = [
    "Name",
    "ARR",
    "RenewalDate",
    "Flag__gc",
    "Partner__gc",
    "Colours__gc",
    "Plan__gc",
    "Site__gc",
    "Mail__gc",
    "CompanyType",
];

/// Some fields of a company; the others were never sent.
fn companies() -> impl Strategy<Value = Json> {
    let field = prop::sample::select(FIELDS.to_vec());
    let field =
        field.prop_flat_map(|name| values_of(name).prop_map(move |value| (name.to_owned(), value)));
    prop::collection::vec(field, 0..8).prop_map(|fields| Json::Object(fields.into_iter().collect()))
}

fn conditions() -> impl Strategy<Value = Json> {
    let names = FIELDS.into_iter().chain(["CreatedDate", "ModifiedDate", "Partner__gr.ARR"]);
    let operators = OPERATOR_NAMES.iter().map(|(word, _)| *word).collect::<Vec<_>>();
    (prop::sample::select(names.collect::<Vec<_>>()), prop::sample::select(operators))
        .prop_flat_map(|(name, operator)| {
            let base = name.strip_prefix("Partner__gr.").unwrap_or(name);
            let counts = crate::query::Operator::parse(operator).unwrap().value_counts();
            let counts = counts.0..=counts.1.min(3);
            // Also a text that no field can hold.
            let values = prop_oneof![9 => values_of(base), 1 => Just(Json::from("x".repeat(300)))];
            prop::collection::vec(values, counts).prop_map(
                move |value| json!({ "name": name, "operator": operator, "value": value }),
            )
        })
}

const EXPRESSIONS: [&str; 5] = ["A", "A AND B", "A OR B", "A AND (B OR C)", "(A AND B) OR C"];

/// The filter of a query with these conditions, and whether it matches the company.
fn filter_and_match(
    fields: &Json,
    conditions: &[Json],
    expression: &str,
) -> Option<(Option<Filter>, bool, Attributes)> {
    let aliased = conditions.iter().zip(["A", "B", "C"]).map(|(condition, alias)| {
        let mut condition = condition.clone();
        condition["alias"] = alias.into();
        condition
    });
    let filter = json!({ "conditions": aliased.collect::<Vec<_>>(), "expression": expression });
    let request = QueryRequest::parse(&json!({ "select": ["Gsid"], "where": filter })).ok()?;
    let (metadata, tenant_ids) = (metadata(), tenant_ids());
    let object = metadata.object("company").unwrap();
    let query = Query::from_request(&request, object, &metadata, &tenant_ids).ok()?;
    let record = company(&metadata, 1, fields);
    let view = View::Record(&record);
    let mut item = record.attributes.clone();
    let stamp = Some(Value::Text(record.created.as_str().to_owned()));
    item.insert(CREATED.to_owned(), stamp.clone());
    item.insert(UPDATED.to_owned(), stamp);
    let filter = query.store_filter(&ResolvedReferences::default());
    Some((filter, query.matches(view, &RelatedRows::default()), item))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_filter_lets_every_match_through(
        fields in companies(),
        conditions in prop::collection::vec(conditions(), 3),
        expression in prop::sample::select(EXPRESSIONS.to_vec()),
    ) {
        if let Some((Some(filter), matches, item)) = filter_and_match(&fields, &conditions, expression) {
            prop_assert!(is_accepted(&filter), "{filter:?}");
            prop_assert!(!matches || passes(&filter, &item), "{filter:?} keeps back {fields}");
        }
    }
}

/// A filter that lets everything through would pass the test above.
#[test]
fn what_can_be_decided_by_the_store_is() {
    let never = json!({ "Name": "x", "ARR": 5, "Flag__gc": true, "Plan__gc": "gold", "CompanyType": "y",
        "RenewalDate": "2024-03-18", "Colours__gc": ["c"], "Partner__gc": super::gsid(2) });
    for (name, operator, value, is_decided) in [
        ("Name", "EQ", json!(["abc"]), true),
        ("Name", "IN", json!(["abc", " d "]), true),
        ("Name", "NE", json!(["x"]), false),
        ("Name", "GT", json!(["y"]), false),
        ("Name", "CONTAINS", json!(["12"]), true),
        ("Name", "STARTS_WITH", json!(["12"]), true),
        ("Name", "CONTAINS", json!(["a"]), false),
        ("ARR", "GT", json!([5]), true),
        ("ARR", "BTW", json!([6, 7]), true),
        ("ARR", "NE", json!([5]), true),
        ("ARR", "IS_NULL", json!([]), true),
        ("Industry", "IS_NOT_NULL", json!([]), true),
        ("Flag__gc", "EQ", json!([false]), true),
        ("Plan__gc", "EQ", json!(["basic"]), true),
        ("RenewalDate", "LT", json!(["2024-03-18"]), true),
        ("CompanyType", "IN", json!(["a", "b"]), true),
        ("Colours__gc", "EQ", json!(["a"]), true),
        ("Partner__gc", "EQ", json!([super::gsid(1)]), true),
        ("CreatedDate", "GT", json!([super::BORN + 1]), true),
        ("ModifiedDate", "LT", json!([super::BORN]), true),
        ("Mail__gc", "EQ", json!(["a@b.co"]), false),
    ] {
        let condition = json!({ "name": name, "operator": operator, "value": value });
        let (filter, matches, item) = filter_and_match(&never, &[condition], "A").unwrap();
        assert!(!matches, "{name} {operator}");
        let keeps_back = filter.is_some_and(|filter| !passes(&filter, &item));
        assert_eq!(keeps_back, is_decided, "{name} {operator} {value}");
    }
}

/// DynamoDB refuses an expression that is too large: its widest part is left out.
#[test]
fn a_filter_is_within_the_limits_of_the_store() {
    let many: Vec<_> = (0..1_000).map(|n| format!("name {n}")).collect();
    let wide = json!({ "name": "Name", "operator": "IN", "value": many });
    let narrow = json!({ "name": "ARR", "operator": "GT", "value": [1] });
    let (filter, ..) =
        filter_and_match(&json!({}), &[wide.clone(), narrow.clone()], "A AND B").unwrap();
    let (alone, ..) = filter_and_match(&json!({}), std::slice::from_ref(&narrow), "A").unwrap();
    assert_eq!(filter, alone);
    assert!(alone.is_some());
    assert_eq!(filter_and_match(&json!({}), &[wide, narrow], "A OR B").unwrap().0, None);
}
