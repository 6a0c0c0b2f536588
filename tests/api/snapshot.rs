//! Snapshots of responses and stored items in a form that is equal in every run.

use std::collections::BTreeMap;

use people_testkit::{Reply, TestTenant, redact_json, redact_json_unnumbered};
use serde_json::{Value as Json, json};

/// Combines status, body and stored items. `names` are the names to print for ids that the test
/// created.
pub(crate) async fn take_snapshot(
    test: &TestTenant,
    reply: &Reply,
    names: &[(&str, &str)],
) -> Json {
    json!({
        "status": reply.status.as_u16(),
        "body": redact_json(&reply.body),
        "stored": read_stored(test, names).await,
    })
}

async fn read_stored(test: &TestTenant, names: &[(&str, &str)]) -> Json {
    let mut text = serde_json::to_string(&test.read_items().await).expect("JSON");
    text = text.replace(&format!("{}#", test.tenant.id), "T#");
    for (name, gsid) in names {
        text = text
            .replace(&gsid[18..], &format!("<{name}>"))
            .replace(&gsid[18..32], &format!("<{name} home>"));
    }
    let items: Json = serde_json::from_str(&text).expect("JSON");
    redact_json_unnumbered(&redact_stamps(&items))
}

/// Replaces stamps by `<stamp>` and the shard by `?`.
fn redact_stamps(value: &Json) -> Json {
    match value {
        // Sorted again, because the order under the real names differs from run to run.
        Json::Object(map) => {
            let sorted: BTreeMap<_, _> =
                map.iter().map(|(name, value)| (name.clone(), redact_stamps(value))).collect();
            sorted.into_iter().collect()
        }
        Json::Array(list) => list.iter().map(redact_stamps).collect(),
        Json::String(text) if text.len() == 16 && text.starts_with('0') => "<stamp>".into(),
        Json::String(text) if text.starts_with("T#P#") => "T#P#?".into(),
        other => other.clone(),
    }
}
