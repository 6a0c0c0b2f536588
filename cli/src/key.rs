//! `people key`: create, list, revoke. A key is printed when it is created and never again.

use people_domain::ids::access_key::AccessKey;
use people_storage::{AccessKeyInfo, NewAccessKey, Store};
use serde::Serialize;
use serde_json::json;

use crate::args::KeyCommand;
use crate::error::CommandError;
use crate::output::{CommandOutput, format_table, format_time};
use crate::tenant;

/// Seconds until every process refuses a revoked key and applies a changed limit (contract:
/// keys#revocation).
pub(crate) const EFFECT_SECONDS: u64 = 60;

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct KeySummary {
    id: String,
    created: String,
    revoked: Option<String>,
}

pub(crate) async fn run(store: &Store, command: KeyCommand) -> Result<CommandOutput, CommandError> {
    match command {
        KeyCommand::Create { tenant } => create_key(store, tenant.as_str()).await,
        KeyCommand::List { tenant } => list_keys(store, tenant.as_str()).await,
        KeyCommand::Revoke { tenant, id } => revoke_key(store, tenant.as_str(), &id).await,
    }
}

/// Lists a tenant's keys, oldest first.
pub(crate) async fn read_keys(
    store: &Store,
    tenant: &str,
) -> Result<Vec<KeySummary>, CommandError> {
    let mut keys = store.list_access_keys(tenant).await?;
    keys.sort_by_key(|key| key.created);
    Ok(keys.into_iter().map(KeySummary::from).collect())
}

async fn create_key(store: &Store, tenant: &str) -> Result<CommandOutput, CommandError> {
    tenant::find_tenant(store, tenant).await?;
    let NewAccessKey { id, key } = store.create_access_key(tenant).await?;
    Ok(new_key_output(tenant, &id, &key))
}

fn new_key_output(tenant: &str, id: &str, key: &AccessKey) -> CommandOutput {
    let key = key.expose_secret();
    let result = json!({ "id": id, "tenant": tenant, "accessKey": key });
    let note = format!(
        "Key {id} of tenant {tenant}. Keep it now in a safe place: it can't be shown again."
    );
    CommandOutput::new(result, key.to_owned()).with_note(note).with_lost_result_advice(format!(
        "nobody has seen the new key, so revoke it: `people key revoke {tenant} {id}`"
    ))
}

async fn list_keys(store: &Store, tenant: &str) -> Result<CommandOutput, CommandError> {
    tenant::find_tenant(store, tenant).await?;
    let keys = read_keys(store, tenant).await?;
    let output = CommandOutput::new(&keys, format_keys(&keys));
    if keys.is_empty() {
        return Ok(output.with_note(format!("No keys yet: `people key create {tenant}`.")));
    }
    Ok(output)
}

async fn revoke_key(store: &Store, tenant: &str, id: &str) -> Result<CommandOutput, CommandError> {
    tenant::find_tenant(store, tenant).await?;
    if !store.revoke_access_key(tenant, id).await? {
        // The id is not printed: it could be a mistyped key.
        return Err(CommandError::Refused(format!(
            "tenant {tenant} has no such key; `people key list {tenant}` shows its keys"
        )));
    }
    let result = json!({ "id": id, "tenant": tenant, "effectiveWithinSeconds": EFFECT_SECONDS });
    let text =
        format!("Key {id} of tenant {tenant} is revoked; it is refused within {EFFECT_SECONDS} s.");
    Ok(CommandOutput::new(result, text))
}

impl From<AccessKeyInfo> for KeySummary {
    fn from(key: AccessKeyInfo) -> Self {
        Self {
            id: key.id,
            created: format_time(key.created),
            revoked: key.revoked.map(format_time),
        }
    }
}

pub(crate) fn format_keys(keys: &[KeySummary]) -> String {
    let row = |key: &KeySummary| {
        let revoked = key.revoked.clone().unwrap_or_else(|| "no".to_owned());
        [key.id.clone(), key.created.clone(), revoked]
    };
    format_table(["KEY", "CREATED", "REVOKED"], keys.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whether_it_is_revoked() {
        let key =
            |revoked| KeySummary::from(AccessKeyInfo { id: "K1".to_owned(), created: 0, revoked });
        let (live, dead) = (key(None), key(Some(1)));
        assert_eq!(json!(live)["revoked"], json!(null));
        assert_eq!(json!(dead)["revoked"], "1970-01-01T00:00:00.001Z");
        let text = format_keys(&[live, dead]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "K1   1970-01-01T00:00:00.000Z  no");
        assert!(lines[2].ends_with("1970-01-01T00:00:00.001Z"), "{text}");
    }
}
