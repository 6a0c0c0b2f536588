//! The scanner's memory: a few bytes per row, none for a row's size.

use super::*;

/// Bytes that a scanner may hold whatever it reads.
const FLAT: usize = 8 * 1024;

fn heap_bytes_after(start: &str, repeated: &str, times: usize) -> usize {
    let mut scanner = Scanner::new(ScanLimits::default());
    scanner.push(start.as_bytes()).unwrap();
    let piece = repeated.repeat(1 + 64 * 1024 / repeated.len());
    for _ in 0..times {
        scanner.push(piece.as_bytes()).unwrap();
    }
    scanner.capacity()
}

#[test]
fn a_large_row_takes_no_memory() {
    let megabytes = 16;
    for (start, repeated) in [
        (r#"{"records":[{"Comments":""#, "text"),
        (r#"{"records":[{"Email":""#, "a@b.co"),
        (r#"{"records":[{"Email":""#, r"\u00e9\n"),
        (r#"{"records":[{"Email":"   "#, "\u{2003}"),
        (r#"{"records":[{""#, r"\u0045mail"),
        (r#"{"records":[{"Number":1"#, "0123456789"),
        (r#"{"records":[{"Number":0."#, "00"),
        (r#"{"records":[{"List":[1"#, ",2, {\"Email\":\"a@b.co\"}"),
        (r#"{"records":[{"a":1"#, ",   \"name\":null"),
        (r#"{"records":[ "#, "  \n"),
        (r#"{"junk":[[]"#, ",[{}]"),
    ] {
        let heap_bytes = heap_bytes_after(start, repeated, megabytes * 16);
        assert!(heap_bytes <= FLAT, "{heap_bytes} bytes held after {start}{repeated}");
    }
}

#[test]
fn addresses_of_one_row_are_bounded() {
    let most = 2 * (limit::ROW_KEYS_MAX + 1) * size_of::<KeyEntry>();
    let heap_bytes = heap_bytes_after(r#"{"records":[{"a":1"#, r#","b":"a@b.co""#, 200);
    assert!(heap_bytes <= FLAT + most, "{heap_bytes} bytes held");
    let mut scanner = Scanner::new(ScanLimits::default());
    let rest = r#","b":"a@b.co""#.repeat(limit::ROW_KEYS_MAX + 1);
    scanner.push(br#"{"records":[{"lookups":null"#).unwrap();
    scanner.push(rest.as_bytes()).unwrap();
    let refused = scanner.push(b"}").unwrap_err();
    assert_eq!(refused.error, PayloadError::TooManyRowKeys);
}

#[test]
fn a_row_takes_a_few_bytes() {
    let mut scanner = Scanner::new(ScanLimits::default());
    scanner.push(br#"{"records":[1"#).unwrap();
    for at in 0..100_000 {
        scanner.push(format!(r#",{{"Email":"p{at}@x.co"}}"#).as_bytes()).unwrap();
    }
    // A vector grows by doubling.
    let most = FLAT + 2 * 100_000 * (size_of::<KeyEntry>() + size_of::<u32>());
    assert!(scanner.capacity() <= most, "{}", scanner.capacity());
}
