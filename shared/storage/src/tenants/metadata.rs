//! A tenant's metadata: the standard fields and the tenant's own, cached for less than 60 s.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::schema::metadata::{Metadata, TenantSchema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::table::convert::{TableItem, item_text};
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Attribute that holds a definition as JSON text, in which every default keeps its type.
const DEFINITION: &str = "definition";

impl TenantStore {
    pub async fn read_metadata(&self) -> Result<Arc<Metadata>> {
        if let Some(known) = self.store.cache.metadata.get(&self.tenant.id) {
            return Ok(known);
        }
        let own = self.read_tenant_schema().await?;
        let metadata =
            Arc::new(Metadata::with_tenant_schema(self.tenant.settings.multi_currency, &own));
        self.store.cache.metadata.insert(self.tenant.id.clone(), metadata.clone());
        Ok(metadata)
    }

    /// Reads the tenant's own fields, objects and dropdown categories, without the cache.
    pub(crate) async fn read_tenant_schema(&self) -> Result<TenantSchema> {
        let mut own = TenantSchema::default();
        for item in self.read_partition(&keys::metadata_partition(&self.tenant.id)).await? {
            let key = ItemKey::from_item(&item).ok_or_else(|| StoreError::corrupt("metadata"))?;
            match key.sk.split_once('#') {
                Some(("field", _)) => own.fields.push(parse_definition(&item)?),
                Some(("object", _)) => own.objects.push(parse_definition(&item)?),
                Some(("dropdown", _)) => own.categories.push(parse_definition(&item)?),
                _ => {}
            }
        }
        Ok(own)
    }

    /// Puts a definition. This process sees it at once, other processes within 60 s.
    pub(crate) async fn write_definition(
        &self,
        prefix: &str,
        name: &str,
        definition: &impl Serialize,
    ) -> Result<()> {
        let item = self.build_definition_item(prefix, name, definition)?;
        self.store.put_item(item).await?;
        self.invalidate_metadata();
        Ok(())
    }

    pub(crate) fn build_definition_item(
        &self,
        prefix: &str,
        name: &str,
        definition: &impl Serialize,
    ) -> Result<TableItem> {
        let text =
            serde_json::to_string(definition).map_err(|_| StoreError::corrupt("definition"))?;
        let mut item = keys::metadata_item_key(&self.tenant.id, prefix, name).to_attributes();
        item.insert(DEFINITION.to_owned(), AttributeValue::S(text));
        Ok(item)
    }

    pub(crate) fn invalidate_metadata(&self) {
        self.store.cache.metadata.invalidate(&self.tenant.id);
    }
}

fn parse_definition<T: DeserializeOwned>(item: &TableItem) -> Result<T> {
    let text = item_text(item, DEFINITION).ok_or_else(|| StoreError::corrupt("definition"))?;
    serde_json::from_str(text).map_err(|_| StoreError::corrupt("definition"))
}
