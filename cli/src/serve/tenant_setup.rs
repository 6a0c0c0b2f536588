//! The tenant of a server: it is created with its key and its schema.

use people_domain::ids::access_key::AccessKey;
use people_domain::limit::RateLimits;
use people_storage::{LimitsUpdate, Store, TenantSettings};

use crate::args::schema::ApplyArgs;
use crate::args::serve::{ServeArgs, ServedLimits};
use crate::error::CommandError;
use crate::schema;
use crate::serve::secrets::{Secrets, random_bytes};

const TAKEN_KEY: &str = "the key in PEOPLE_ACCESS_KEY is revoked, or that of another tenant; `people serve` \
    without it prints one that you can use";

/// Creates the tenant if it does not exist, and applies what the options say.
pub(crate) async fn prepare_tenant(store: &Store, args: &ServeArgs) -> Result<(), CommandError> {
    let id = args.tenant.as_str();
    if store.read_tenant(id).await?.is_none() {
        let limits = args.limits.unwrap_or(ServedLimits::None).to_rate_limits();
        store.create_tenant(id, TenantSettings { limits, ..TenantSettings::default() }).await?;
    } else if let Some(limits) = args.limits {
        store.update_limits(id, to_update(limits.to_rate_limits())).await?;
    }
    if let Some(file) = &args.schema {
        let apply = ApplyArgs {
            tenant: args.tenant.clone(),
            file: file.clone(),
            dry_run: false,
            yes: true,
        };
        schema::extend_schema(store, &apply).await?;
    }
    Ok(())
}

fn to_update(limits: RateLimits) -> LimitsUpdate {
    LimitsUpdate {
        sync_per_minute: Some(limits.sync_per_minute),
        sync_per_day: Some(limits.sync_per_day),
        async_per_hour: Some(limits.async_per_hour),
        async_per_day: Some(limits.async_per_day),
        delete_per_hour: Some(limits.delete_per_hour),
    }
}

/// Returns the access key of the tenant, which it has then: the given one, or that of the last
/// server, or a new one. A given key replaces that of the last server, which is revoked.
pub(crate) async fn ensure_access_key(
    store: &Store,
    tenant: &str,
    given: Option<AccessKey>,
    secrets: &mut Secrets,
) -> Result<AccessKey, CommandError> {
    let last = secrets.access_key(tenant);
    if let (Some(given), Some(last)) = (&given, &last)
        && given.expose_secret() != last.expose_secret()
    {
        store.revoke_access_key(tenant, &last.hash().id()).await?;
    }
    let is_given = given.is_some();
    let mut key = match given.or(last) {
        Some(key) => key,
        None => AccessKey::new(&random_bytes()?),
    };
    if !store.add_access_key(tenant, &key).await? {
        match store.authenticate_key(&key).await? {
            Some(owner) if owner.id == tenant => {}
            _ if is_given => return Err(CommandError::Refused(TAKEN_KEY.to_owned())),
            // The operator has revoked it.
            _ => {
                key = AccessKey::new(&random_bytes()?);
                store.add_access_key(tenant, &key).await?;
            }
        }
    }
    secrets.set_access_key(tenant, &key)?;
    Ok(key)
}
