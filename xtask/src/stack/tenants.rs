//! Tenants and their keys, made by the operator's own command.

use super::child::Surroundings;
use super::{Options, programs};
use crate::process::{Family, command};
use crate::progress::say;
use crate::root::root;
use crate::template::field;
use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The binary of the operator's command.
pub(crate) const OPERATOR: &str = "people";

/// Limits that no test or try-out meets.
const UNLIMITED: [&str; 10] = [
    "--sync-per-minute",
    "1000000",
    "--sync-per-day",
    "1000000",
    "--async-per-hour",
    "1000000",
    "--async-per-day",
    "1000000",
    "--delete-per-hour",
    "1000000",
];

/// The tenants; `limited` has the documented limits, `multi` several currencies.
const TENANTS: [&str; 4] = ["demo", "other", "limited", "multi"];

/// What the samples of the vendor's article assume of a tenant's own fields and objects.
const DEMO_SCHEMA: &str = "examples/demo-schema.yaml";

/// The tenants that have it.
const WITH_SCHEMA: [&str; 2] = ["demo", "multi"];

/// The flags that a tenant is created with.
fn flags(tenant: &str) -> Vec<&'static str> {
    match tenant {
        "limited" => Vec::new(),
        "multi" => [&UNLIMITED[..], &["--multi-currency"]].concat(),
        _ => UNLIMITED.to_vec(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tenant {
    pub(crate) access_key: String,
}

/// Creates every tenant with one key.
pub(crate) async fn create(
    family: &Family,
    options: &Options,
    surroundings: &Surroundings,
    table: &str,
) -> Result<BTreeMap<String, Tenant>> {
    say("creating tenants and keys");
    let desk =
        Desk { family, operator: programs(options.release)?.join(OPERATOR), surroundings, table };
    let mut tenants = BTreeMap::new();
    let schema = root().join(DEMO_SCHEMA);
    let schema = schema.to_str().context("the path of this folder is no text")?;
    for tenant in TENANTS {
        desk.ask(&[&["tenant", "create", tenant], &flags(tenant)[..]].concat()).await?;
        if WITH_SCHEMA.contains(&tenant) {
            desk.ask(&["schema", "apply", tenant, schema, "--yes"]).await?;
        }
        let key = desk.ask(&["key", "create", tenant]).await?;
        let key = field(&key, "/accessKey")
            .as_str()
            .context("`people key create` printed no accessKey")?;
        tenants.insert(tenant.to_owned(), Tenant { access_key: key.to_owned() });
    }
    Ok(tenants)
}

/// Where the operator's command is given.
struct Desk<'d> {
    family: &'d Family,
    operator: PathBuf,
    surroundings: &'d Surroundings,
    table: &'d str,
}

impl Desk<'_> {
    /// Runs the command; the answer is its JSON.
    async fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = command(&self.operator);
        self.surroundings.give(&mut command);
        command
            .args(["--endpoint-url", &self.surroundings.dynamodb, "--table", self.table, "--json"])
            .args(arguments);
        let output = self.family.output(command).await?;
        let what = format!("people {}", arguments.join(" "));
        ensure!(
            output.status.success(),
            "{what}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        serde_json::from_slice(&output.stdout).with_context(|| format!("{what} printed no JSON"))
    }
}
