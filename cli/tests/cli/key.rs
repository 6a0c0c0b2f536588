//! `people key`.

use people_domain::ids::access_key::AccessKey;
use serde_json::json;

use crate::people::{Run, fresh, json, people, tenant};

#[test]
fn a_key_is_shown_once() {
    let tenant = tenant();
    let made = json(&format!("key create {tenant}"));
    let text = made["accessKey"].as_str().unwrap();
    let id = AccessKey::parse(text).unwrap().hash().id();
    assert_eq!(made, json!({ "id": id, "tenant": tenant, "accessKey": text }));

    let keys = json(&format!("key list {tenant}"));
    assert_eq!(json(&format!("tenant show {tenant}"))["keys"], keys);
    assert_eq!(keys, json!([{ "id": id, "created": keys[0]["created"], "revoked": null }]));
    for command in ["key list", "tenant show"] {
        let Run { stdout, stderr, .. } = people(&format!("{command} {tenant}"));
        assert!(stdout.contains(&id) && !(stdout + &stderr).contains(text));
    }
}

#[test]
fn as_text_stdout_is_the_key_alone() {
    let run = people(&format!("key create {}", tenant()));
    assert!(run.stderr.contains("can't be shown again"), "{}", run.stderr);
    let text = run.done();
    let key = AccessKey::parse(text.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(key.reveal().len() + 1, text.len());
}

#[test]
fn a_revoked_key_stays_in_the_list_and_the_others_live() {
    let tenant = tenant();
    let [first, second] = [0, 1].map(|_| json(&format!("key create {tenant}")));
    let text = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    let id = text(&first, "id");
    let answer = people(&format!("key revoke {tenant} {id}")).done();
    assert!(answer.contains("within 60 s"), "{answer}");

    let keys = json(&format!("key list {tenant}"));
    let revoked = |id: &str| {
        let mut keys = keys.as_array().unwrap().iter();
        keys.find(|key| key["id"] == id).unwrap()["revoked"].clone()
    };
    assert!(revoked(&id).is_string());
    assert!(revoked(&text(&second, "id")).is_null());

    let again = json(&format!("key revoke {tenant} {id}"));
    assert_eq!(again, json!({ "id": id, "tenant": tenant, "effectiveWithinSeconds": 60 }));
    assert_eq!(json(&format!("key list {tenant}")), keys, "the first moment stands");

    let by_key = json(&format!("key revoke {tenant} {}", text(&second, "accessKey")));
    assert_eq!(by_key["id"], second["id"]);
}

#[test]
fn a_tenant_revokes_its_own_keys_only() {
    let (owner, other) = (tenant(), tenant());
    let id = json(&format!("key create {owner}"))["id"].as_str().unwrap().to_owned();
    people(&format!("key revoke {other} {id}")).fails(1, "no such key");
    assert!(json(&format!("key list {owner}"))[0]["revoked"].is_null());
}

#[test]
fn an_unknown_key_is_not_said_to_be_revoked_nor_repeated() {
    let slip = format!("ppl_{}", "A".repeat(57));
    let run = people(&format!("key revoke {} {slip}", tenant()));
    run.fails(1, "no such key");
    assert!(!run.stderr.contains(&slip), "{run:?}");
}

#[test]
fn no_tenant_has_no_keys() {
    let id = fresh();
    for command in [
        format!("key create {id}"),
        format!("key list {id}"),
        format!("key revoke {id} 0000000000000"),
    ] {
        people(&command).fails(1, "no tenant");
    }
}
