//! The scanner against `serde_json`, with pieces of every size.

use people_domain::jobs::{ChunkSizes, ScanLimits, Scanner, plan_payload};
use people_domain::schema::metadata::Metadata;
use proptest::prelude::*;

use crate::documents;
use crate::reference::{check_agreement, scan_pieces};

const SMALL: ChunkSizes = ChunkSizes { rows: 2, bytes: 120, chunks: 4 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rows_are_those_of_the_whole_parse(text in documents::payload(), size in 1..40_usize) {
        let metadata = Metadata::new(false, &[]);
        let agreed = check_agreement(text.as_bytes(), &[size], SMALL, &metadata);
        prop_assert_eq!(agreed, Ok(true), "{}", text);
    }

    #[test]
    fn what_is_broken_is_refused_and_what_is_not_is_accepted(
        text in documents::payload(),
        at in any::<proptest::sample::Index>(),
        byte in prop_oneof![any::<u8>(), proptest::sample::select(b"{}[],:\"\\0e-. u".as_slice())],
        insert in any::<bool>(),
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..at + usize::from(!insert), [byte]);
        let metadata = Metadata::new(false, &[]);
        let agreed = check_agreement(&bytes, &[3, 17], SMALL, &metadata);
        prop_assert!(agreed.is_ok(), "{:?} {}", agreed, String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_cut_anywhere_changes_nothing() {
    let text = "\u{feff} {\"lookups\":{\"person\":{\"Person_ID\":{\"fields\":{\"Söurce\":\"Email\"}}}},\
        \"\\u0072ecords\" : [{\"S\\u00f6urce\":\"\\u3000a@b.co \"},\t{\"söurce\":\" A@b.\\u0063o\\n\"} , 17, \
        -1.25e+2,true,{\"Gsid\":\"1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D\",\"companies\":[{\"relationships\":\
        [{\"person_id\":\"1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D\"}]}], \"x\": \"\\ud83d\\ude00é\\\\\"} ]}";
    let bytes = text.as_bytes();
    let once = scan_pieces(bytes, &[]).unwrap();
    assert_eq!((once.row_count(), once.keys().len()), (6, 3));
    let plan = plan_payload(bytes, ChunkSizes::default()).unwrap();
    for at in 1..bytes.len() {
        let cut = scan_pieces(bytes, &[at, bytes.len() - at]).unwrap();
        assert_eq!(cut.keys(), once.keys(), "cut at {at}");
        assert_eq!(
            people_domain::jobs::plan_chunks(cut, ChunkSizes::default()),
            plan,
            "cut at {at}"
        );
        let bytewise = scan_pieces(&bytes[..at], &[1]).unwrap_err();
        assert_eq!(scan_pieces(&bytes[..at], &[]).unwrap_err(), bytewise, "ends at {at}");
    }
}

#[test]
fn lookups_behind_the_rows_ask_for_a_second_pass() {
    let lookups = r#"{"companies":{"Person_ID":{"fields":{"Mail":"Email"}}}}"#;
    let records = r#"[{"companies":[{"mail":"a@b.co"}]},{"companies":[{"Mail":"A@b.co"}]}]"#;
    let before = format!(r#"{{"lookups":{lookups},"records":{records}}}"#);
    let behind = format!(r#"{{"records":{records},"lookups":{lookups}}}"#);
    let first = |text: &str| {
        let mut scanner = Scanner::new(ScanLimits::default());
        scanner.push(text.as_bytes()).unwrap();
        scanner.finish().unwrap()
    };
    assert!(first(&before).late_sources().is_none());
    assert!(first(&behind).late_sources().is_some());
    assert!(first(&behind).keys().is_empty());
    assert_eq!(scan_pieces(behind.as_bytes(), &[]).unwrap().keys(), first(&before).keys());
    assert_eq!(
        plan_payload(behind.as_bytes(), ChunkSizes::default()).unwrap().lookups.as_deref(),
        Some(lookups)
    );
}

#[test]
fn keys_are_found_where_the_contract_reads_them() {
    let id = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
    let lookups = r#""lookups":{"person":{"Person_ID":{"fields":{"S":"Email"}}},
        "companies":{"Person_ID":{"fields":{"T":"Email"}}},
        "relationships":{"Person_ID":{"fields":{"U":"Email"}}}}"#;
    for (row, count) in [
        (r#"{"Gsid":"@ID"}"#, 1),
        (r#"{"PERSON_ID":"@ID"}"#, 1),
        (r#"{"Manager":"@ID"}"#, 0),
        (r#"{"companies":[{"Person_ID":"@ID"}]}"#, 1),
        (r#"{"companies":[{"Gsid":"@ID"}]}"#, 0),
        (r#"{"companies":{"Person_ID":"@ID"}}"#, 0),
        (r#"{"companies":[[{"Person_ID":"@ID"}]]}"#, 0),
        (r#"{"relationships":[{"Person_ID":"@ID"}]}"#, 1),
        (r#"{"companies":[{"relationships":[{"Person_ID":"@ID"}]}]}"#, 1),
        (r#"{"relationships":[{"companies":[{"Person_ID":"@ID"}]}]}"#, 0),
        (r#"{"Email":" A@b.co "}"#, 1),
        (r#"{"Email":"a b@b.co"}"#, 0),
        (r#"{"S":"a@b.co"}"#, 1),
        (r#"{"T":"a@b.co","U":"b@b.co"}"#, 0),
        (r#"{"companies":[{"T":"a@b.co"}]}"#, 1),
        (r#"{"companies":[{"S":"a@b.co","U":"b@b.co"}]}"#, 0),
        (r#"{"relationships":[{"U":"a@b.co"}]}"#, 1),
        (r#"{"relationships":[{"S":"a@b.co","T":"b@b.co"}]}"#, 0),
    ] {
        let row = row.replace("@ID", id);
        let text = format!(r#"{{{lookups},"records":[{row}]}}"#);
        assert_eq!(scan_pieces(text.as_bytes(), &[]).unwrap().keys().len(), count, "{row}");
    }
}

#[test]
fn members_that_are_there_twice_are_read_as_a_worker_reads_them() {
    let by = |source: &str| format!(r#"{{"Person_ID":{{"fields":{{"{source}":"Email"}}}}}}"#);
    let (s, t) = (by("S"), by("T"));
    for (lookups, row, count) in [
        ("{}".to_owned(), r#"{"Email":"a@b.co","email":"c@d.co","Email":"a@b.co"}"#, 3),
        ("{}".to_owned(), r#"{"companies":[{"Person_ID":"@ID"}],"Companies":[]}"#, 1),
        (format!(r#"{{"Person":{s},"person":{t}}}"#), r#"{"S":"a@b.co","T":"c@d.co"}"#, 1),
        (
            format!(r#"{{"person":{s},"Person":{t},"person":{s}}}"#),
            r#"{"s":"a@b.co","T":"c@d.co","S":"e@f.co"}"#,
            2,
        ),
        (format!(r#"{{"companies":1,"Companies":{s}}}"#), r#"{"companies":[{"S":"a@b.co"}]}"#, 1),
    ] {
        let row = row.replace("@ID", "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D");
        let text = format!(r#"{{"lookups":{lookups},"records":[{row}]}}"#);
        let agreed = check_agreement(text.as_bytes(), &[7], SMALL, &Metadata::new(false, &[]));
        assert_eq!(agreed, Ok(true), "{text}");
        assert_eq!(scan_pieces(text.as_bytes(), &[]).unwrap().keys().len(), count, "{text}");
    }
}

#[test]
fn addresses_of_a_row_with_lookups_of_its_own_may_be_keys() {
    let keys = |row: &str| {
        scan_pieces(format!(r#"{{"records":[{row}]}}"#).as_bytes(), &[]).unwrap().keys().len()
    };
    assert_eq!(keys(r#"{"A":"a@b.co","companies":[{"B":"b@b.co"}]}"#), 0);
    assert_eq!(
        keys(r#"{"A":"a@b.co","companies":[{"B":"b@b.co","C":["c@c.co"]}],"Lookups":{}}"#),
        2
    );
    assert_eq!(keys(r#"{"Email":"n/a"}"#), 0);
    assert_eq!(keys(r#"{"Email":"a@b.co","email":"b@b.co","Gsid":"x"}"#), 2);
}
