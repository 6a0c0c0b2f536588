//! Objects that repeat a member; everything else is parsed as `serde_json` does.

use super::*;
use proptest::prelude::*;

/// The members of an object in order, each as `name=value`.
fn members(text: &str) -> String {
    let object = parse(text.as_bytes()).unwrap();
    let member = |(name, value): (&String, &Json)| format!("{name}={value}");
    object.as_object().unwrap().iter().map(member).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_last_of_a_name_counts_at_its_own_place() {
    for (text, wanted) in [
        (r#"{}"#, ""),
        (r#"{"a":1,"b":2}"#, "a=1 b=2"),
        (r#"{"a":1,"a":2}"#, "a=2"),
        (r#"{"a":1,"b":2,"a":3}"#, "b=2 a=3"),
        (r#"{"a":1,"b":2,"a":3,"c":4,"b":5}"#, "a=3 c=4 b=5"),
        (r#"{"a":1,"\u0061":2,"A":3,"a":{"x":1,"y":2,"x":3}}"#, r#"A=3 a={"y":2,"x":3}"#),
    ] {
        assert_eq!(members(text), wanted, "{text}");
    }
}

#[test]
fn an_object_of_repeated_names_takes_memory_and_time_for_one() {
    let many = r#""a":1,"b":[2],"#.repeat(200_000);
    assert_eq!(members(&format!(r#"{{{many}"a":3}}"#)), "b=[2] a=3");
    let mut pairs = RepeatedMembers::from_map(Map::new(), ("a".to_owned(), Json::Null));
    (0..10_000).for_each(|n| pairs.push_pair((format!("{}", n % 3), Json::Null)));
    assert!(pairs.capacity() <= 2 * RepeatedMembers::PAIRS_MIN);
}

#[test]
fn everything_else_is_as_serde_json_reads_it() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for text in [
        "0",
        "-0",
        "-0.0",
        "1e400",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "0.1e-7",
        "123456789012345678.9",
        "null",
        " [true,{}] ",
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#"{"a":}"#,
        "{\"a\":1,\n\"a\":x}",
        "{1:2}",
        "[1,]",
        "",
        "[] []",
        "\"\u{1}\"",
        &deep(127),
        &deep(128),
    ] {
        let (ours, theirs) = (parse(text.as_bytes()), serde_json::from_str::<Json>(text));
        assert_eq!(
            ours.map_err(|error| error.to_string()),
            theirs.map_err(|error| error.to_string()),
            "{text}"
        );
    }
    assert!(parse(b"\"\xff\"").is_err());
}

proptest! {
    #[test]
    fn floats_are_as_serde_json_reads_them(number: f64, digits in "-?[1-9][0-9]{0,25}(\\.[0-9]{1,20})?") {
        for text in [serde_json::to_string(&number).unwrap(), digits] {
            prop_assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Json>(&text).unwrap());
        }
    }

    #[test]
    fn the_last_of_each_name_is_kept_in_order(names in proptest::collection::vec(0..90_u8, 0..400)) {
        let text: Vec<_> = names.iter().enumerate().map(|(n, name)| format!(r#""{name}":{n}"#)).collect();
        let last = |(n, name): &(usize, &u8)| !names[n + 1..].contains(name);
        let wanted: Vec<_> = names.iter().enumerate().filter(last).map(|(n, name)| format!("{name}={n}")).collect();
        prop_assert_eq!(members(&format!("{{{}}}", text.join(","))), wanted.join(" "));
    }
}
