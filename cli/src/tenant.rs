//! `people tenant`: create, list, show, update.

use futures::{StreamExt, TryStreamExt, stream};
use people_storage::{LimitsUpdate, Store, Tenant, TenantSettings};
use serde::Serialize;

use crate::args::{NewTenant, TenantCommand};
use crate::failure::Failure;
use crate::key::{self, EFFECT};
use crate::output::{Answer, moment, table};

/// Tenants read at once.
const READS: usize = 16;

/// What is shown of a tenant.
#[derive(Debug, Serialize)]
struct Summary {
    id: String,
    created: String,
    #[serde(flatten)]
    settings: TenantSettings,
}

/// A tenant and its keys.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    tenant: Summary,
    keys: Vec<key::Summary>,
}

pub(crate) async fn run(store: &Store, command: TenantCommand) -> Result<Answer, Failure> {
    match command {
        TenantCommand::Create(new) => create(store, &new).await,
        TenantCommand::List => list(store).await,
        TenantCommand::Show { id } => show(store, id.as_str()).await,
        TenantCommand::Update { id, limits } => update(store, id.as_str(), limits.update()).await,
    }
}

/// The tenant of an id; that there is none is a failure.
pub(crate) async fn find(store: &Store, id: &str) -> Result<std::sync::Arc<Tenant>, Failure> {
    store.tenant(id).await?.ok_or_else(|| Failure::no_tenant(id))
}

async fn create(store: &Store, new: &NewTenant) -> Result<Answer, Failure> {
    let id = new.id.as_str();
    let exists = || {
        Failure::Refused(format!(
            "a tenant {id} exists already; choose another id, or see `people tenant show {id}`"
        ))
    };
    let tenant = store.create_tenant(id, new.settings()).await?.ok_or_else(exists)?;
    let summary = Summary::of(&tenant);
    let text = rows(std::slice::from_ref(&summary));
    Ok(Answer::new(summary, text)
        .note(format!("Created. It has no key yet: `people key create {id}`.")))
}

async fn list(store: &Store) -> Result<Answer, Failure> {
    let ids = store.tenants().await?;
    let tenants: Vec<_> = stream::iter(&ids)
        .map(|id| find(store, id))
        .buffered(READS)
        .map_ok(|tenant| Summary::of(&tenant))
        .try_collect()
        .await?;
    let answer = Answer::new(&tenants, rows(&tenants));
    Ok(match tenants.is_empty() {
        true => answer.note("No tenants yet: `people tenant create ID`.".to_owned()),
        false => answer,
    })
}

async fn show(store: &Store, id: &str) -> Result<Answer, Failure> {
    let tenant = Summary::of(&*find(store, id).await?);
    let keys = key::of(store, id).await?;
    let text = format!("{}\n\n{}", rows(std::slice::from_ref(&tenant)), key::rows(&keys));
    Ok(Answer::new(Whole { tenant, keys }, text))
}

async fn update(store: &Store, id: &str, limits: LimitsUpdate) -> Result<Answer, Failure> {
    let updated = store.update_limits(id, limits).await?;
    let summary = Summary::of(&*updated.ok_or_else(|| Failure::no_tenant(id))?);
    let text = rows(std::slice::from_ref(&summary));
    Ok(Answer::new(summary, text)
        .note(format!("Changed; running processes count by it within {EFFECT} s.")))
}

impl Summary {
    fn of(tenant: &Tenant) -> Self {
        let (id, created) = (tenant.id.clone(), moment(tenant.created));
        Self { id, created, settings: tenant.settings }
    }

    fn row(&self) -> [String; 8] {
        let TenantSettings { limits, multi_currency } = self.settings;
        [
            self.id.clone(),
            self.created.clone(),
            limits.sync_per_minute.to_string(),
            limits.sync_per_day.to_string(),
            limits.async_per_hour.to_string(),
            limits.async_per_day.to_string(),
            limits.delete_per_hour.to_string(),
            if multi_currency { "yes" } else { "no" }.to_owned(),
        ]
    }
}

fn rows(tenants: &[Summary]) -> String {
    let header = [
        "TENANT",
        "CREATED",
        "SYNC/MIN",
        "SYNC/DAY",
        "ASYNC/HOUR",
        "ASYNC/DAY",
        "DELETE/HOUR",
        "MULTI-CURRENCY",
    ];
    table(header, tenants.iter().map(Summary::row).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn acme() -> Summary {
        Summary { id: "acme".into(), created: moment(0), settings: TenantSettings::default() }
    }

    #[test]
    fn a_tenant_is_one_flat_document() {
        let limits = json!({
            "syncPerMinute": 100,
            "syncPerDay": 50_000,
            "asyncPerHour": 10,
            "asyncPerDay": 100,
            "deletePerHour": 100,
        });
        let mut expected = json!({
            "id": "acme",
            "created": "1970-01-01T00:00:00.000Z",
            "limits": limits,
            "multiCurrency": false,
        });
        assert_eq!(json!(acme()), expected);
        expected["keys"] = json!([]);
        assert_eq!(json!(Whole { tenant: acme(), keys: Vec::new() }), expected);
    }

    #[test]
    fn limits_stand_under_their_names() {
        let text = rows(&[acme()]);
        let cells: Vec<_> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(cells[0].len(), cells[1].len());
        assert_eq!(cells[1][2..], ["100", "50000", "10", "100", "100", "no"]);
    }
}
