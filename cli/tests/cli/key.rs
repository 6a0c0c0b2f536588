//! `people key`.

use people_domain::ids::access_key::AccessKey;
use serde_json::json;

use crate::command::{Run, create_tenant, new_tenant_id, run_json, run_people};

#[test]
fn a_key_is_shown_once() {
    let tenant = create_tenant();
    let made = run_json(&format!("key create {tenant}"));
    let text = made["accessKey"].as_str().unwrap();
    let id = AccessKey::parse(text).unwrap().hash().id();
    assert_eq!(made, json!({ "id": id, "tenant": tenant, "accessKey": text }));

    let keys = run_json(&format!("key list {tenant}"));
    assert_eq!(run_json(&format!("tenant show {tenant}"))["keys"], keys);
    assert_eq!(keys, json!([{ "id": id, "created": keys[0]["created"], "revoked": null }]));
    for command in ["key list", "tenant show"] {
        let Run { stdout, stderr, .. } = run_people(&format!("{command} {tenant}"));
        assert!(stdout.contains(&id) && !(stdout + &stderr).contains(text));
    }
}

#[test]
fn a_narrowed_key_says_for_what() {
    let tenant = create_tenant();
    let made = run_json(&format!("key create {tenant} --for ptengine,px,px"));
    assert_eq!(made["for"], json!(["px", "ptengine"]));
    let key = &run_json(&format!("key list {tenant}"))[0];
    assert_eq!((&key["id"], &key["for"]), (&made["id"], &made["for"]));
    let text = run_people(&format!("key list {tenant}")).assert_success();
    assert!(text.contains("px,ptengine"), "{text}");
    let wrong = run_people(&format!("key create {tenant} --for px,admin"));
    wrong.assert_failure(2, "gosquared-tracking");
    assert_eq!(run_json(&format!("key list {tenant}")).as_array().unwrap().len(), 1);
}

#[test]
fn as_text_stdout_is_the_key_alone() {
    let run = run_people(&format!("key create {}", create_tenant()));
    assert!(run.stderr.contains("can't be shown again"), "{}", run.stderr);
    let text = run.assert_success();
    let key = AccessKey::parse(text.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(key.expose_secret().len() + 1, text.len());
}

#[test]
fn a_revoked_key_stays_in_the_list_and_the_others_live() {
    let tenant = create_tenant();
    let [first, second] = [0, 1].map(|_| run_json(&format!("key create {tenant}")));
    let text = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    let id = text(&first, "id");
    let answer = run_people(&format!("key revoke {tenant} {id}")).assert_success();
    assert!(answer.contains("within 60 s"), "{answer}");

    let keys = run_json(&format!("key list {tenant}"));
    let revoked = |id: &str| {
        let mut keys = keys.as_array().unwrap().iter();
        keys.find(|key| key["id"] == id).unwrap()["revoked"].clone()
    };
    assert!(revoked(&id).is_string());
    assert!(revoked(&text(&second, "id")).is_null());

    let again = run_json(&format!("key revoke {tenant} {id}"));
    assert_eq!(again, json!({ "id": id, "tenant": tenant, "effectiveWithinSeconds": 60 }));
    assert_eq!(
        run_json(&format!("key list {tenant}")),
        keys,
        "the time of the first revocation is kept"
    );

    let by_key = run_json(&format!("key revoke {tenant} {}", text(&second, "accessKey")));
    assert_eq!(by_key["id"], second["id"]);
}

#[test]
fn a_tenant_revokes_its_own_keys_only() {
    let (owner, other) = (create_tenant(), create_tenant());
    let id = run_json(&format!("key create {owner}"))["id"].as_str().unwrap().to_owned();
    run_people(&format!("key revoke {other} {id}")).assert_failure(1, "no such key");
    assert!(run_json(&format!("key list {owner}"))[0]["revoked"].is_null());
}

#[test]
fn an_unknown_key_is_not_said_to_be_revoked_nor_repeated() {
    let slip = format!("ppl_{}", "A".repeat(57));
    let run = run_people(&format!("key revoke {} {slip}", create_tenant()));
    run.assert_failure(1, "no such key");
    assert!(!run.stderr.contains(&slip), "{run:?}");
}

#[test]
fn no_tenant_has_no_keys() {
    let id = new_tenant_id();
    for command in [
        format!("key create {id}"),
        format!("key list {id}"),
        format!("key revoke {id} 0000000000000"),
    ] {
        run_people(&command).assert_failure(1, "no tenant");
    }
}
