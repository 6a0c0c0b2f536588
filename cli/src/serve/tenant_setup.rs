//! The tenant of a server: it is created with its key and its schema.

use people_domain::ids::access_key::AccessKey;
use people_domain::limit::RateLimits;
use people_storage::{LimitsUpdate, Store, TenantSettings};

use crate::args::schema::ApplyArgs;
use crate::args::serve::{ServeArgs, ServedLimits};
use crate::error::CommandError;
use crate::schema;

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
        schema::apply_schema(store, &apply).await?;
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

/// Gives the tenant the key, unless it has it already.
pub(crate) async fn ensure_access_key(
    store: &Store,
    tenant: &str,
    key: &AccessKey,
) -> Result<(), CommandError> {
    if store.add_access_key(tenant, key).await? {
        return Ok(());
    }
    match store.authenticate_key(key).await? {
        Some(owner) if owner.id == tenant => Ok(()),
        Some(owner) => Err(CommandError::Refused(format!(
            "the access key is that of tenant {}; pass --tenant {} or another key in \
             PEOPLE_ACCESS_KEY",
            owner.id, owner.id
        ))),
        None => Err(CommandError::Refused(
            "the access key of this folder is revoked; pass another in PEOPLE_ACCESS_KEY, which \
             `people key create` makes"
                .to_owned(),
        )),
    }
}
