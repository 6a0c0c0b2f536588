//! The tenant of a server: it is created with its key and its schema.

use people_domain::event_policy::EventPolicy;
use people_domain::ids::access_key::AccessKey;
use people_domain::ids::route_group::RouteGroup;
use people_storage::{SettingsUpdate, Store, TenantSettings};

use crate::args::schema::ApplyArgs;
use crate::args::serve::{DEFAULT_TENANT, ServeArgs, ServedLimits};
use crate::error::CommandError;
use crate::schema;
use crate::schema::demo::define_demo_attributes;
use crate::serve::secrets::{Secrets, random_bytes};

const TAKEN_KEY: &str = "the key in PEOPLE_ACCESS_KEY is revoked, narrowed to other routes, or that of another \
    tenant; `people serve` without it prints one that you can use";

/// Creates the tenant if it does not exist, and applies what the options say.
pub(crate) async fn prepare_tenant(store: &Store, args: &ServeArgs) -> Result<(), CommandError> {
    let id = args.tenant.as_str();
    if store.read_tenant(id).await?.is_none() {
        create_tenant(store, args).await?;
    } else if let Some(limits) = args.limits {
        let limits = limits.to_rate_limits().into();
        store.update_settings(id, SettingsUpdate { limits, ..SettingsUpdate::default() }).await?;
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

/// Creates the tenant. The one that is served where none is named takes what the documents of
/// Gainsight PX send.
async fn create_tenant(store: &Store, args: &ServeArgs) -> Result<(), CommandError> {
    let id = args.tenant.as_str();
    let limits = args.limits.unwrap_or(ServedLimits::None).to_rate_limits();
    let is_demo = id == DEFAULT_TENANT;
    let events = if is_demo { EventPolicy::Drop } else { EventPolicy::default() };
    let settings = TenantSettings { limits, events, ..TenantSettings::default() };
    store.create_tenant(id, settings).await?;
    if is_demo && args.schema.is_none() {
        define_demo_attributes(store, id).await?;
    }
    Ok(())
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
        match store.authenticate_key(&key, RouteGroup::People).await? {
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
