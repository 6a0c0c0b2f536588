//! Creates tenants and their keys with the operator's command.

use super::environment::FunctionEnvironment;
use super::{StackOptions, programs_dir};
use crate::paths::workspace_root;
use crate::process::{Supervisor, new_command};
use crate::progress::print_step;
use anyhow::{Context, Result, ensure};
use people_template::value_at;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The binary of the operator's command.
pub(crate) const OPERATOR_BINARY: &str = "people";

/// Flags for limits that no test or trial reaches.
const UNLIMITED_FLAGS: [&str; 11] = [
    "--sync-per-minute=1000000",
    "--sync-per-day=1000000",
    "--async-per-hour=1000000",
    "--async-per-day=1000000",
    "--delete-per-hour=1000000",
    "--px-per-minute=1000000",
    "--px-per-day=1000000",
    "--gs-per-minute=1000000",
    "--gs-per-day=1000000",
    "--pt-per-minute=1000000",
    "--pt-per-day=1000000",
];

/// The tenants; `limited` has the documented limits, `multi` several currencies.
const TENANTS: [&str; 4] = ["demo", "other", "limited", "multi"];

/// The custom fields and objects that the samples of the vendor's article assume.
const DEMO_SCHEMA: &str = "examples/demo-schema.yaml";

/// The tenants that have them.
const TENANTS_WITH_SCHEMA: [&str; 2] = ["demo", "multi"];

/// The flags of the command that creates a tenant.
fn creation_flags(tenant: &str) -> Vec<&'static str> {
    match tenant {
        "limited" => Vec::new(),
        // The samples of the other systems assume that events are taken.
        "demo" => [&UNLIMITED_FLAGS[..], &["--events=drop"]].concat(),
        "multi" => [&UNLIMITED_FLAGS[..], &["--multi-currency"]].concat(),
        _ => UNLIMITED_FLAGS.to_vec(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantAccess {
    pub(crate) access_key: String,
}

/// Creates every tenant with one key.
pub(crate) async fn create_tenants(
    supervisor: &Supervisor,
    options: &StackOptions,
    environment: &FunctionEnvironment,
    table: &str,
) -> Result<BTreeMap<String, TenantAccess>> {
    print_step("creating tenants and keys");
    let binary = programs_dir(options.release)?.join(OPERATOR_BINARY);
    let cli = OperatorCli { supervisor, binary, environment, table };
    let mut tenants = BTreeMap::new();
    let schema = workspace_root().join(DEMO_SCHEMA);
    let schema = schema.to_str().context("the path of this folder is not UTF-8")?;
    for tenant in TENANTS {
        cli.run_json(&[&["tenant", "create", tenant], &creation_flags(tenant)[..]].concat())
            .await?;
        if TENANTS_WITH_SCHEMA.contains(&tenant) {
            cli.run_json(&["schema", "apply", tenant, schema, "--yes"]).await?;
        }
        let key = cli.run_json(&["key", "create", tenant]).await?;
        let key = value_at(&key, "/accessKey")
            .as_str()
            .context("`people key create` printed no accessKey")?;
        tenants.insert(tenant.to_owned(), TenantAccess { access_key: key.to_owned() });
    }
    Ok(tenants)
}

/// The operator's command, for one stack.
struct OperatorCli<'c> {
    supervisor: &'c Supervisor,
    binary: PathBuf,
    environment: &'c FunctionEnvironment,
    table: &'c str,
}

impl OperatorCli<'_> {
    /// Runs the command and returns the JSON that it prints.
    async fn run_json(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = new_command(&self.binary);
        self.environment.apply_to(&mut command);
        command
            .args([
                "--endpoint-url",
                &self.environment.dynamodb_url,
                "--table",
                self.table,
                "--json",
            ])
            .args(arguments);
        let output = self.supervisor.output(command).await?;
        let what = format!("people {}", arguments.join(" "));
        ensure!(
            output.status.success(),
            "{what}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        serde_json::from_slice(&output.stdout).with_context(|| format!("{what} did not print JSON"))
    }
}
