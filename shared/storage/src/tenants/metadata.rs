//! A tenant's metadata: the standard fields and its own, remembered for less than 60 s.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::schema::metadata::{Definition, Metadata};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::table::convert::Item;
use crate::table::keys::{self, Key};
use crate::{Result, StoreError, TenantStore};

/// Attribute that holds a definition as JSON text, so that any default keeps its type.
const DEFINITION: &str = "definition";

impl TenantStore {
    /// The tenant's metadata.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn metadata(&self) -> Result<Arc<Metadata>> {
        if let Some(known) = self.store.cache.metadata.get(&self.tenant.id) {
            return Ok(known);
        }
        let own = self.definition().await?;
        let metadata = Arc::new(Metadata::of(self.tenant.settings.multi_currency, &own));
        self.store.cache.metadata.insert(self.tenant.id.clone(), metadata.clone());
        Ok(metadata)
    }

    /// All that the tenant has of its own, as it stands now.
    pub(crate) async fn definition(&self) -> Result<Definition> {
        let mut own = Definition::default();
        for item in self.partition(&keys::metadata(&self.tenant.id)).await? {
            let key = Key::of(&item).ok_or_else(|| StoreError::corrupt("metadata"))?;
            match key.sk.split_once('#') {
                Some(("field", _)) => own.fields.push(read(&item)?),
                Some(("object", _)) => own.objects.push(read(&item)?),
                Some(("dropdown", _)) => own.categories.push(read(&item)?),
                _ => {}
            }
        }
        Ok(own)
    }

    /// Puts a definition. Running processes see it within 60 s, this one at once.
    pub(crate) async fn define(
        &self,
        prefix: &str,
        name: &str,
        definition: &impl Serialize,
    ) -> Result<()> {
        let item = self.defined(prefix, name, definition)?;
        self.store.put_item(item).await?;
        self.forget_metadata();
        Ok(())
    }

    /// A definition as an item.
    pub(crate) fn defined(
        &self,
        prefix: &str,
        name: &str,
        definition: &impl Serialize,
    ) -> Result<Item> {
        let text =
            serde_json::to_string(definition).map_err(|_| StoreError::corrupt("definition"))?;
        let mut item = keys::metadata_item(&self.tenant.id, prefix, name).attributes();
        item.insert(DEFINITION.to_owned(), AttributeValue::S(text));
        Ok(item)
    }

    pub(crate) fn forget_metadata(&self) {
        self.store.cache.metadata.invalidate(&self.tenant.id);
    }
}

fn read<T: DeserializeOwned>(item: &Item) -> Result<T> {
    let text = item.get(DEFINITION).and_then(|text| text.as_s().ok());
    let text = text.ok_or_else(|| StoreError::corrupt("definition"))?;
    serde_json::from_str(text).map_err(|_| StoreError::corrupt("definition"))
}
