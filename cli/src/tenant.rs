//! `people tenant`: create, list, show, update.

use futures::{StreamExt, TryStreamExt, stream};
use people_storage::{SettingsUpdate, Store, Tenant, TenantSettings};
use serde::Serialize;

use crate::args::{NewTenantArgs, TenantCommand};
use crate::error::CommandError;
use crate::key::{self, EFFECT_SECONDS};
use crate::output::{CommandOutput, format_table, format_time};

/// Tenants that are read at the same time.
const CONCURRENCY: usize = 16;

#[derive(Debug, Serialize)]
struct TenantSummary {
    id: String,
    created: String,
    #[serde(flatten)]
    settings: TenantSettings,
}

#[derive(Debug, Serialize)]
struct TenantDetails {
    #[serde(flatten)]
    tenant: TenantSummary,
    keys: Vec<key::KeySummary>,
}

pub(crate) async fn run(
    store: &Store,
    command: TenantCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        TenantCommand::Create(new) => create_tenant(store, &new).await,
        TenantCommand::List => list_tenants(store).await,
        TenantCommand::Show { id } => show_tenant(store, id.as_str()).await,
        TenantCommand::Update { id, settings } => {
            update_tenant(store, id.as_str(), settings.to_update()).await
        }
    }
}

/// Reads a tenant; an unknown id is an error.
pub(crate) async fn find_tenant(
    store: &Store,
    id: &str,
) -> Result<std::sync::Arc<Tenant>, CommandError> {
    store.read_tenant(id).await?.ok_or_else(|| CommandError::no_such_tenant(id))
}

async fn create_tenant(store: &Store, new: &NewTenantArgs) -> Result<CommandOutput, CommandError> {
    let id = new.id.as_str();
    let exists = || {
        CommandError::Refused(format!(
            "a tenant {id} exists already; choose another id, or see `people tenant show {id}`"
        ))
    };
    let tenant = store.create_tenant(id, new.to_settings()).await?.ok_or_else(exists)?;
    let summary = TenantSummary::from_tenant(&tenant);
    let text = format_tenants(std::slice::from_ref(&summary));
    Ok(CommandOutput::new(summary, text)
        .with_note(format!("Created. It has no key yet: `people key create {id}`.")))
}

async fn list_tenants(store: &Store) -> Result<CommandOutput, CommandError> {
    let ids = store.list_tenants().await?;
    let tenants: Vec<_> = stream::iter(&ids)
        .map(|id| find_tenant(store, id))
        .buffered(CONCURRENCY)
        .map_ok(|tenant| TenantSummary::from_tenant(&tenant))
        .try_collect()
        .await?;
    let output = CommandOutput::new(&tenants, format_tenants(&tenants));
    if tenants.is_empty() {
        return Ok(output.with_note("No tenants yet: `people tenant create ID`.".to_owned()));
    }
    Ok(output)
}

async fn show_tenant(store: &Store, id: &str) -> Result<CommandOutput, CommandError> {
    let tenant = TenantSummary::from_tenant(&*find_tenant(store, id).await?);
    let keys = key::read_keys(store, id).await?;
    let text =
        format!("{}\n\n{}", format_tenants(std::slice::from_ref(&tenant)), key::format_keys(&keys));
    Ok(CommandOutput::new(TenantDetails { tenant, keys }, text))
}

async fn update_tenant(
    store: &Store,
    id: &str,
    change: SettingsUpdate,
) -> Result<CommandOutput, CommandError> {
    let updated = store.update_settings(id, change).await?;
    let summary =
        TenantSummary::from_tenant(&*updated.ok_or_else(|| CommandError::no_such_tenant(id))?);
    let text = format_tenants(std::slice::from_ref(&summary));
    Ok(CommandOutput::new(summary, text)
        .with_note(format!("Changed; running processes go by it within {EFFECT_SECONDS} s.")))
}

impl TenantSummary {
    fn from_tenant(tenant: &Tenant) -> Self {
        let (id, created) = (tenant.id.clone(), format_time(tenant.created));
        Self { id, created, settings: tenant.settings }
    }

    fn to_cells(&self) -> [String; 15] {
        let TenantSettings { limits, multi_currency, events } = self.settings;
        [
            self.id.clone(),
            self.created.clone(),
            limits.sync_per_minute.to_string(),
            limits.sync_per_day.to_string(),
            limits.async_per_hour.to_string(),
            limits.async_per_day.to_string(),
            limits.delete_per_hour.to_string(),
            limits.px_per_minute.to_string(),
            limits.px_per_day.to_string(),
            limits.gs_per_minute.to_string(),
            limits.gs_per_day.to_string(),
            limits.pt_per_minute.to_string(),
            limits.pt_per_day.to_string(),
            events.to_string(),
            if multi_currency { "yes" } else { "no" }.to_owned(),
        ]
    }
}

fn format_tenants(tenants: &[TenantSummary]) -> String {
    let header = [
        "TENANT",
        "CREATED",
        "SYNC/MIN",
        "SYNC/DAY",
        "ASYNC/HOUR",
        "ASYNC/DAY",
        "DELETE/HOUR",
        "PX/MIN",
        "PX/DAY",
        "GS/MIN",
        "GS/DAY",
        "PT/MIN",
        "PT/DAY",
        "EVENTS",
        "MULTI-CURRENCY",
    ];
    format_table(header, tenants.iter().map(TenantSummary::to_cells).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn acme() -> TenantSummary {
        TenantSummary {
            id: "acme".into(),
            created: format_time(0),
            settings: TenantSettings::default(),
        }
    }

    #[test]
    fn a_tenant_is_one_flat_document() {
        let limits = json!({
            "syncPerMinute": 100,
            "syncPerDay": 50_000,
            "asyncPerHour": 10,
            "asyncPerDay": 100,
            "deletePerHour": 100,
            "pxPerMinute": 12_000,
            "pxPerDay": 1_000_000,
            "gsPerMinute": 12_000,
            "gsPerDay": 1_000_000,
            "ptPerMinute": 12_000,
            "ptPerDay": 1_000_000,
        });
        let mut expected = json!({
            "id": "acme",
            "created": "1970-01-01T00:00:00.000Z",
            "limits": limits,
            "multiCurrency": false,
            "events": "refuse",
        });
        assert_eq!(json!(acme()), expected);
        expected["keys"] = json!([]);
        assert_eq!(json!(TenantDetails { tenant: acme(), keys: Vec::new() }), expected);
    }

    #[test]
    fn limits_stand_under_their_names() {
        let text = format_tenants(&[acme()]);
        let cells: Vec<_> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(cells[0].len(), cells[1].len());
        assert_eq!(cells[1][2..7], ["100", "50000", "10", "100", "100"]);
        assert_eq!(cells[1][7..13], ["12000", "1000000"].repeat(3));
        assert_eq!(cells[1][13..], ["refuse", "no"]);
    }
}
