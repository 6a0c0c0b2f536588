//! The attributes that the samples of Gainsight PX assume of the tenant `demo`.

use people_domain::px::PxObject;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_storage::Store;

use super::{file, find_tenant_store};
use crate::error::CommandError;

/// The schema of the tenant in the developer's stack, of which a server takes the attributes of
/// Gainsight PX alone.
const DEMO_SCHEMA: &str = include_str!("../../../examples/demo-schema.yaml");

/// Defines the custom attributes of users and accounts for a new tenant.
pub(crate) async fn define_demo_attributes(
    store: &Store,
    tenant: &str,
) -> Result<(), CommandError> {
    let SchemaFile { mut objects, .. } = file::parse_schema("demo-schema.yaml", DEMO_SCHEMA)?;
    objects.retain(|name, _| PxObject::from_schema_name(name).is_some());
    let store = find_tenant_store(store, tenant).await?;
    let wanted = SchemaFile { objects, ..SchemaFile::default() };
    for change in diff_schemas(&store.export_schema().await?, &wanted) {
        store.apply_schema_change(&change).await?;
    }
    Ok(())
}
