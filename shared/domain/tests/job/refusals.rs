//! The message of each refusal.

use people_domain::jobs::{ChunkSizes, ScanLimits, Scanner, plan_payload};

#[test]
fn each_refusal_says_where() {
    let deep = format!(r#"{{"records":[{}"#, "[".repeat(31));
    let many = format!(r#"{{"lookups":{{"x":"{}"}},"records":[]}}"#, "x".repeat(64 * 1024));
    for (payload, message) in [
        ("", "The payload is empty"),
        ("\u{feff} \n", "The payload is empty"),
        ("[]", "The payload is no object at byte 0"),
        (" 1", "The payload is no object at byte 1"),
        ("{}", "The payload has no list `records`"),
        (r#"{"records":{}}"#, "`records` is no list at byte 11"),
        (r#"{"records":null}"#, "`records` is no list at byte 11"),
        (r#"{"lookups":[]}"#, "`lookups` is no object at byte 11"),
        (r#"{"lookups":"x"}"#, "`lookups` is no object at byte 11"),
        (r#"{"lookups":{"person":1},"records":[]}"#, "`lookups` is not formed as lookups are"),
        (&many, "`lookups` is larger than 64 KB"),
        (r#"{"records":[],"Re\u0063ords":[]}"#, "`records` is there twice at byte 27"),
        (r#"{"lookups":null,"LOOKUPS":{}}"#, "`lookups` is there twice at byte 24"),
        (&deep, "The payload nests deeper than 32 levels at byte 42, in row 1"),
        (r#"{"records":[1]"#, "The payload is not JSON: it ends too early at byte 14"),
        (r#"{"records":[1,2"#, "The payload is not JSON: it ends too early at byte 15, in row 2"),
        (r#"{"records":[]}x"#, "The payload is not JSON: more after its end at byte 14"),
        (r#"{"records":[],}"#, "The payload is not JSON: an unexpected character at byte 14"),
        (
            r#"{"records":[{},{"a":tru}]}"#,
            "The payload is not JSON: an unexpected character at byte 23, in row 2",
        ),
        (
            "{\"records\":[{},{\"a\":\"\n\"}]}",
            "The payload is not JSON: a control character in a string at byte 21, in row 2",
        ),
        (
            r#"{"records":["\x"]}"#,
            "The payload is not JSON: an unknown escape in a string at byte 14, in row 1",
        ),
        (
            r#"{"records":["\ud83dx"]}"#,
            "The payload is not JSON: half a surrogate pair in a string at byte 19, in row 1",
        ),
        (
            r#"{"records":[-]}"#,
            "The payload is not JSON: an incomplete number at byte 13, in row 1",
        ),
        (
            r#"{"records":[1e999]}"#,
            "The payload is not JSON: a number out of range at byte 17, in row 1",
        ),
    ] {
        assert_eq!(
            plan_payload(payload.as_bytes(), ChunkSizes::default()).unwrap_err().to_string(),
            message,
            "{payload}"
        );
    }
    let bytes = b"{\"records\":[1,\"a\xC3\"]}";
    let message = "The payload is not JSON: no UTF-8 at byte 16, in row 2";
    assert_eq!(plan_payload(bytes, ChunkSizes::default()).unwrap_err().to_string(), message);
}

#[test]
fn limits_are_kept_wherever_the_payload_is_cut() {
    let bytes = br#"{"records":[1,2,3]}"#;
    for size in 1..=bytes.len() {
        let scan = |limits| {
            let mut scanner = Scanner::new(limits);
            bytes.chunks(size).try_for_each(|piece| scanner.push(piece))?;
            scanner.finish()
        };
        let limits = ScanLimits { bytes: bytes.len() as u32, rows: 3 };
        assert_eq!(scan(limits).unwrap().row_count(), 3);
        let refused = scan(ScanLimits { bytes: 18, ..limits }).unwrap_err();
        assert_eq!(refused.to_string(), "The payload is larger than 18 bytes");
        let refused = scan(ScanLimits { rows: 2, ..limits }).unwrap_err();
        assert_eq!(refused.to_string(), "The payload has more than 2 records");
    }
    let mut scanner = Scanner::new(ScanLimits::default());
    let blanks = vec![b' '; 1024 * 1024];
    let full = (0..80).try_for_each(|_| scanner.push(&blanks));
    assert_eq!(full, Ok(()));
    let refused = scanner.push(b" ").unwrap_err();
    assert_eq!(refused.to_string(), "The payload is larger than 80 MB");
}
