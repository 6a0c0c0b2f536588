//! `people key`: create, list, revoke. A key is printed at its creation and never again.

use people_domain::ids::access_key::AccessKey;
use people_storage::{KeyInfo, NewKey, Store};
use serde::Serialize;
use serde_json::json;

use crate::args::KeyCommand;
use crate::failure::Failure;
use crate::output::{Answer, moment, table};
use crate::tenant;

/// Seconds until every process refuses a revoked key and knows a changed limit (contract:
/// keys#revocation).
pub(crate) const EFFECT: u64 = 60;

/// What is shown of a key.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    id: String,
    created: String,
    revoked: Option<String>,
}

pub(crate) async fn run(store: &Store, command: KeyCommand) -> Result<Answer, Failure> {
    match command {
        KeyCommand::Create { tenant } => create(store, tenant.as_str()).await,
        KeyCommand::List { tenant } => list(store, tenant.as_str()).await,
        KeyCommand::Revoke { tenant, id } => revoke(store, tenant.as_str(), &id).await,
    }
}

/// A tenant's keys, the oldest first.
pub(crate) async fn of(store: &Store, tenant: &str) -> Result<Vec<Summary>, Failure> {
    let mut keys = store.keys(tenant).await?;
    keys.sort_by_key(|key| key.created);
    Ok(keys.into_iter().map(Summary::from).collect())
}

async fn create(store: &Store, tenant: &str) -> Result<Answer, Failure> {
    tenant::find(store, tenant).await?;
    let NewKey { id, key } = store.create_key(tenant).await?;
    Ok(created(tenant, &id, &key))
}

fn created(tenant: &str, id: &str, key: &AccessKey) -> Answer {
    let key = key.reveal();
    let result = json!({ "id": id, "tenant": tenant, "accessKey": key });
    let note = format!(
        "Key {id} of tenant {tenant}. Keep it now in a safe place: it can't be shown again."
    );
    Answer::new(result, key.to_owned()).note(note).shown_once(format!(
        "nobody has seen the new key, so revoke it: `people key revoke {tenant} {id}`"
    ))
}

async fn list(store: &Store, tenant: &str) -> Result<Answer, Failure> {
    tenant::find(store, tenant).await?;
    let keys = of(store, tenant).await?;
    let answer = Answer::new(&keys, rows(&keys));
    Ok(match keys.is_empty() {
        true => answer.note(format!("No keys yet: `people key create {tenant}`.")),
        false => answer,
    })
}

async fn revoke(store: &Store, tenant: &str, id: &str) -> Result<Answer, Failure> {
    tenant::find(store, tenant).await?;
    if !store.revoke_key(tenant, id).await? {
        // The id is not repeated: it could be a key with a slip.
        return Err(Failure::Refused(format!(
            "tenant {tenant} has no such key; `people key list {tenant}` shows its keys"
        )));
    }
    let result = json!({ "id": id, "tenant": tenant, "effectiveWithinSeconds": EFFECT });
    let text = format!("Key {id} of tenant {tenant} is revoked; it is refused within {EFFECT} s.");
    Ok(Answer::new(result, text))
}

impl From<KeyInfo> for Summary {
    fn from(key: KeyInfo) -> Self {
        Self { id: key.id, created: moment(key.created), revoked: key.revoked.map(moment) }
    }
}

pub(crate) fn rows(keys: &[Summary]) -> String {
    let row = |key: &Summary| {
        let revoked = key.revoked.clone().unwrap_or_else(|| "no".to_owned());
        [key.id.clone(), key.created.clone(), revoked]
    };
    table(["KEY", "CREATED", "REVOKED"], keys.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whether_it_is_revoked() {
        let key = |revoked| Summary::from(KeyInfo { id: "K1".to_owned(), created: 0, revoked });
        let (live, dead) = (key(None), key(Some(1)));
        assert_eq!(json!(live)["revoked"], json!(null));
        assert_eq!(json!(dead)["revoked"], "1970-01-01T00:00:00.001Z");
        let text = rows(&[live, dead]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "K1   1970-01-01T00:00:00.000Z  no");
        assert!(lines[2].ends_with("1970-01-01T00:00:00.001Z"), "{text}");
    }
}
