//! Plans keep their invariants for arbitrary keys of rows.

use people_domain::jobs::{
    ChunkPlan, ChunkSizes, MalformedPayload, PayloadPlan, plan_chunks, plan_payload,
};
use proptest::prelude::*;

use crate::reference::{find_broken_invariant, parse_planned_rows, scan_pieces};

/// A payload whose rows have these emails, ids and numbers of filler bytes.
fn payload(rows: &[(u8, u8, usize)]) -> String {
    let mut text = String::from(r#"{"records":["#);
    for (at, (email, gsid, fill)) in rows.iter().enumerate() {
        let comma = if at == 0 { "" } else { " ,\n" };
        let fill = "x".repeat(*fill);
        // Only low numbers are keys, so that there are components of every size.
        let email = if *email < 60 { format!("p{email}@x.co") } else { format!("r{at}@x.co") };
        let gsid = if *gsid < 30 { format!("{gsid:0>36}") } else { String::new() };
        text += &format!(r#"{comma}{{"Email":"{email}","Gsid":"{gsid}","F":"{fill}"}}"#);
    }
    text + "]}"
}

fn plan_in_pieces(text: &str, sizes: ChunkSizes) -> Result<PayloadPlan, MalformedPayload> {
    let scanned = scan_pieces(text.as_bytes(), &[])?;
    let keys = scanned.keys().to_vec();
    let plan = plan_chunks(scanned, sizes);
    assert_eq!(find_broken_invariant(&plan, &keys), None);
    Ok(plan)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn invariants_hold_for_any_keys(
        rows in proptest::collection::vec((any::<u8>(), any::<u8>(), 0..60_usize), 0..300),
        rows_most in 1..20_u32,
        bytes in 1..3_000_u32,
        chunks in 1..60_u32,
    ) {
        let text = payload(&rows);
        let sizes = ChunkSizes { rows: rows_most, bytes, chunks };
        let plan = plan_in_pieces(&text, sizes).unwrap();
        let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(parse_planned_rows(&plan, text.as_bytes()).unwrap(), whole["records"].as_array().unwrap().clone());
        let parts: Vec<_> = plan.chunks.iter().map(|chunk| serde_json::to_string(chunk).unwrap()).collect();
        let read: Vec<ChunkPlan> = parts.iter().map(|part| serde_json::from_str(part).unwrap()).collect();
        prop_assert_eq!(&read, &plan.chunks);
        let one = plan_in_pieces(&text, ChunkSizes::ONE_CHUNK).unwrap();
        prop_assert_eq!(one.chunks.len(), rows.len().min(1));
    }
}

#[test]
fn a_plan_reads_as_it_is_meant() {
    let row = |email: &str| format!(r#"{{"Email":"{email}@x.co"}}"#);
    let rows = ["a", "b", "c", "A", "d", "e"].map(row).join(",");
    let text = format!(r#"{{"records":[{rows}]}}"#);
    let sizes = ChunkSizes { rows: 3, ..ChunkSizes::default() };
    let json = serde_json::to_string(&plan_in_pieces(&text, sizes).unwrap().chunks).unwrap();
    let expected = concat!(
        r#"[{"first":2,"start":31,"end":69,"rows":2},"#,
        r#"{"first":5,"start":88,"end":125,"rows":2},"#,
        r#"{"rows":[[1,12,31],[4,69,88]],"next":null}]"#
    );
    assert_eq!(json, expected);
    let one = r#"{"records":[ 1 , 2]}"#;
    let json =
        serde_json::to_string(&plan_payload(one.as_bytes(), ChunkSizes::default()).unwrap().chunks)
            .unwrap();
    assert_eq!(json, r#"[{"first":1,"start":13,"end":18,"rows":2}]"#);
    assert!(plan_payload(br#"{"records":[]}"#, ChunkSizes::default()).unwrap().chunks.is_empty());
}

#[test]
fn one_person_too_large_for_a_chunk_is_a_chain() {
    let rows: Vec<_> = (0..1_700).map(|at| (if at % 2 == 0 { 1 } else { 255 }, 255, 0)).collect();
    let plan = plan_in_pieces(&payload(&rows), ChunkSizes::default()).unwrap();
    let nexts: Vec<_> = plan.chunks.iter().map(ChunkPlan::next_in_chain).collect();
    assert_eq!(nexts, [None, None, None, None, Some(6), None]);
    assert_eq!(plan.startable_chunks().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let counts: Vec<_> = plan.chunks.iter().map(ChunkPlan::row_count).collect();
    assert_eq!(counts, [250, 250, 250, 100, 500, 350]);
}

#[test]
fn rows_linked_over_other_rows_move_together() {
    // 1 and 5 share an address; 2 shares an id with 1, 3 an address with 2; 4 is alone.
    let rows = [(1, 1, 0), (2, 1, 0), (2, 255, 0), (255, 255, 0), (1, 255, 0), (255, 255, 0)];
    let plan =
        plan_in_pieces(&payload(&rows), ChunkSizes { rows: 4, ..ChunkSizes::default() }).unwrap();
    let numbers: Vec<_> = plan.chunks.iter().map(ChunkPlan::row_numbers).collect();
    assert_eq!(numbers, [vec![4], vec![6], vec![1, 2, 3, 5]]);
}

#[test]
fn chunks_grow_with_the_payload() {
    let rows = vec![(255, 255, 0); 5_000];
    let sizes = ChunkSizes { rows: 2, bytes: 1_000, chunks: 10 };
    let plan = plan_in_pieces(&payload(&rows), sizes).unwrap();
    assert_eq!(plan.chunks.len(), 10);
    let same = vec![(1, 255, 0); 5_000];
    assert!(plan_in_pieces(&payload(&same), sizes).unwrap().chunks.len() <= 10);
}

#[test]
fn bytes_that_are_not_the_plans_give_no_rows() {
    let text = r#"{"records":[1,2,3]}"#;
    let plan = plan_payload(text.as_bytes(), ChunkSizes::default()).unwrap();
    let chunk = &plan.chunks[0];
    assert_eq!(chunk.split_rows(&["1,2,3"]).unwrap(), [(1, &b"1"[..]), (2, b"2"), (3, b"3")]);
    for parts in [&["1,2,3 "][..], &["1,2,"], &["1,223"], &[], &["1,2,3", ""]] {
        assert_eq!(chunk.split_rows(parts), None, "{parts:?}");
    }
}
