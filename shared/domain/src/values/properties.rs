//! Properties of values of every type.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Decimal, FieldType, parse, to_json};

/// Texts close to the accepted forms, so that many of them are accepted.
const FORMS: &[&str] = &[
    "-?[0-9]{1,17}(\\.[0-9]{1,20})?%?",
    "-?[1-9][0-9]{0,2}(,[0-9]{3}){0,4}(\\.[0-9]{1,4})?",
    "[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-6][0-9])?Z?)?",
    "2024-0[1-9]-[0-2][0-9]T10:20:[0-6][0-9]\\.[0-9]{1,10}[+-][01][0-9]:?[0-5][0-9]",
    "[01][0-9]/[0-3][0-9]/[0-9]{4}",
    "[0-9]{10,15}",
    " ?[a-zé+.]{1,9}@[a-z0-9-]{1,5}(\\.[a-z]{1,3}){1,2} ?",
    "(https?://)?[a-z0-9ü-]{1,5}(\\.[a-z]{1,3}){1,2}(:[0-9]{1,5})?(/[a-z@?#=]{0,9})?",
    "[0-9A-Za-z]{15}",
    "[0-9A-Za-z]{18}",
    "[0-9A-Za-z]{36}",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "(true|FALSE|0|1)",
    "( ?[a-c]{0,2} ?;){0,5}",
];

fn any_kind() -> impl Strategy<Value = FieldType> {
    proptest::sample::select(FieldType::ALL)
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), proptest::sample::select(FORMS).prop_flat_map(|form| form)]
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-2_000_000_000_000_000..2_000_000_000_000_000_i64).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-1e15..1e15_f64).prop_map(Json::from),
        (-1.0..1.0_f64).prop_map(Json::from),
        any_text().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map("[a-c]", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn what_is_printed_reads_back_the_same(kind in any_kind(), raw in any_json()) {
        if let Ok(Some(value)) = parse(kind, 255, &raw) {
            let printed = to_json(kind, &value);
            prop_assert!(parse(kind, 255, &printed) == Ok(Some(value)), "{kind:?} {raw} {printed}");
        }
    }

    #[test]
    fn texts_near_each_form_read_back_the_same(text in any_text()) {
        for kind in FieldType::ALL {
            if let Ok(Some(value)) = parse(*kind, 255, &json!(text)) {
                let printed = to_json(*kind, &value);
                let again = parse(*kind, 255, &printed);
                prop_assert!(again == Ok(Some(value)), "{kind:?} {text} {printed}");
            }
        }
    }

    #[test]
    fn one_number_has_one_text(size in "[0-9]{1,40}(\\.[0-9]{1,40})?", sign in "-?") {
        let read = |text: &str| Decimal::parse(text).unwrap();
        let number = read(&format!("{sign}{size}"));
        let zeros = if size.contains('.') { "00" } else { ".00" };
        prop_assert!(read(number.as_str()) == number);
        let padded = format!("{sign}00{size}{zeros}");
        prop_assert!(read(&padded) == number);
    }

    #[test]
    fn fifteen_digits_survive(digits in 0..1_000_000_000_000_000_i64, point in 0..16_usize) {
        let digits = format!("{digits:015}");
        let text = format!("0{}.{}0", &digits[..15 - point], &digits[15 - point..]);
        let exact = Decimal::parse(&text).unwrap();
        let value = parse(FieldType::Number, 255, &json!(text)).unwrap().unwrap();
        prop_assert!(value == super::Value::Number(exact), "{text}");
    }
}
