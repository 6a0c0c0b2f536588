//! `people key`: create, list, revoke. A key is printed when it is created and never again.

use std::collections::BTreeSet;

use people_domain::ids::access_key::AccessKey;
use people_domain::ids::route_group::RouteGroup;
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
    /// The routes that the key is narrowed to; absent if it is valid for all.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    groups: Option<BTreeSet<RouteGroup>>,
}

pub(crate) async fn run(store: &Store, command: KeyCommand) -> Result<CommandOutput, CommandError> {
    match command {
        KeyCommand::Create { tenant, groups } => {
            let groups = BTreeSet::from_iter(groups);
            create_key(store, tenant.as_str(), Some(groups).filter(|own| !own.is_empty())).await
        }
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

async fn create_key(
    store: &Store,
    tenant: &str,
    groups: Option<BTreeSet<RouteGroup>>,
) -> Result<CommandOutput, CommandError> {
    tenant::find_tenant(store, tenant).await?;
    let NewAccessKey { id, key } = store.create_access_key(tenant, groups.clone()).await?;
    Ok(new_key_output(tenant, &id, &key, groups.as_ref()))
}

fn new_key_output(
    tenant: &str,
    id: &str,
    key: &AccessKey,
    groups: Option<&BTreeSet<RouteGroup>>,
) -> CommandOutput {
    let key = key.expose_secret();
    let result = match groups {
        None => json!({ "id": id, "tenant": tenant, "accessKey": key }),
        Some(groups) => json!({ "id": id, "tenant": tenant, "accessKey": key, "for": groups }),
    };
    let routes = groups.map(|own| format!(" for {} alone", format_groups(own))).unwrap_or_default();
    let note = format!(
        "Key {id} of tenant {tenant}{routes}. Keep it now in a safe place: it can't be shown again."
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
            groups: key.groups,
        }
    }
}

pub(crate) fn format_keys(keys: &[KeySummary]) -> String {
    let row = |key: &KeySummary| {
        let revoked = key.revoked.clone().unwrap_or_else(|| "no".to_owned());
        let groups = key.groups.as_ref().map_or_else(|| "all".to_owned(), format_groups);
        [key.id.clone(), key.created.clone(), revoked, groups]
    };
    format_table(["KEY", "CREATED", "REVOKED", "FOR"], keys.iter().map(row).collect())
}

/// Formats groups as the option `--for` takes them.
fn format_groups(groups: &BTreeSet<RouteGroup>) -> String {
    groups.iter().map(|group| group.as_str()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whether_it_is_revoked() {
        let key = |revoked, groups| {
            KeySummary::from(AccessKeyInfo { id: "K1".to_owned(), created: 0, revoked, groups })
        };
        let groups = BTreeSet::from([RouteGroup::GoSquaredTracking, RouteGroup::Px]);
        let (live, dead) = (key(None, None), key(Some(1), Some(groups)));
        assert_eq!(json!(dead)["for"], json!(["px", "gosquared-tracking"]));
        assert_eq!(json!(live)["revoked"], json!(null));
        assert_eq!(json!(dead)["revoked"], "1970-01-01T00:00:00.001Z");
        let text = format_keys(&[live, dead]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "K1   1970-01-01T00:00:00.000Z  no                        all");
        assert!(lines[2].ends_with("00:00:00.001Z  px,gosquared-tracking"), "{text}");
    }
}
