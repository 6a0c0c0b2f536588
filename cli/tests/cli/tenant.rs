//! `people tenant`.

use serde_json::json;

use crate::command::{create_tenant, new_tenant_id, run_json, run_people};

#[test]
fn a_created_tenant_is_shown_and_listed_as_it_was_answered() {
    let id = new_tenant_id();
    let made = run_json(&format!(
        "tenant create {id} --sync-per-minute 7 --px-per-day 8 --multi-currency --events drop"
    ));
    let limits = json!({
        "syncPerMinute": 7,
        "syncPerDay": 50_000,
        "asyncPerHour": 10,
        "asyncPerDay": 100,
        "deletePerHour": 100,
        "pxPerMinute": 12_000,
        "pxPerDay": 8,
        "gsPerMinute": 12_000,
        "gsPerDay": 1_000_000,
        "ptPerMinute": 12_000,
        "ptPerDay": 1_000_000,
    });
    let created = made["created"].as_str().unwrap();
    assert!(created.starts_with("20") && created.ends_with('Z'), "{created}");
    let expected = json!({ "id": id, "created": created, "limits": limits, "multiCurrency": true,
        "events": "drop" });
    assert_eq!(made, expected);
    assert!(run_json("tenant list").as_array().unwrap().contains(&made));

    let mut shown = run_json(&format!("tenant show {id}"));
    assert_eq!(shown.as_object_mut().unwrap().remove("keys"), Some(json!([])));
    assert_eq!(shown, made);
}

#[test]
fn for_people_there_are_aligned_columns() {
    let id = create_tenant();
    for command in ["tenant list".to_owned(), format!("tenant show {id}")] {
        let text = run_people(&command).assert_success();
        let header = text.lines().next().unwrap();
        let row = text.lines().find(|line| line.starts_with(&format!("{id} "))).unwrap();
        assert_eq!(row.find("50000"), header.find("SYNC/DAY"), "{text}");
    }
}

#[test]
fn a_created_tenant_is_told_what_it_lacks() {
    let id = new_tenant_id();
    let run = run_people(&format!("tenant create {id}"));
    assert!(run.stderr.contains(&format!("people key create {id}")), "{run:?}");
    assert!(run.assert_success().contains(&id));
}

#[test]
fn an_id_is_given_once() {
    let id = create_tenant();
    let before = run_json(&format!("tenant show {id}"));
    run_people(&format!("tenant create {id} --sync-per-day 1")).assert_failure(1, "exists already");
    assert_eq!(run_json(&format!("tenant show {id}")), before);
}

#[test]
fn an_update_changes_what_it_names() {
    let id = new_tenant_id();
    let mut tenant = run_json(&format!("tenant create {id} --sync-per-minute 7 --multi-currency"));
    let run = run_people(&format!("tenant update {id} --sync-per-day 9 --delete-per-hour 0"));
    assert!(run.stderr.contains("within 60 s"), "{run:?}");
    run.assert_success();
    tenant["limits"]["syncPerDay"] = 9.into();
    tenant["limits"]["deletePerHour"] = 0.into();
    assert_eq!(run_json(&format!("tenant update {id} --sync-per-minute 7")), tenant);
    tenant["events"] = "drop".into();
    assert_eq!(run_json(&format!("tenant update {id} --events drop")), tenant);
    run_people(&format!("tenant update {id} --events keep")).assert_failure(2, "refuse, drop");
    run_people(&format!("tenant update {id}")).assert_failure(2, "--sync-per-minute");
}

#[test]
fn what_is_not_there_is_said() {
    let id = new_tenant_id();
    run_people(&format!("tenant update {id} --sync-per-day 9")).assert_failure(1, "no tenant");
    run_people(&format!("tenant show {id}")).assert_failure(1, "no tenant");
    run_people(&format!("--json tenant show {id}")).assert_failure(1, "people tenant list");
}
