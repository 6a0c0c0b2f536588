//! A tenant's metadata: the standard fields and its own, remembered for less than 60 s.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use people_domain::metadata::{CustomField, Metadata};
use serde::{Deserialize, Serialize};

use crate::convert::Item;
use crate::{Result, StoreError, TenantStore, keys};

/// A field as it is stored: its default values as JSON text, so that any value keeps its type.
#[derive(Serialize, Deserialize)]
struct StoredField {
    definition: String,
}

impl TenantStore {
    /// The tenant's metadata.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn metadata(&self) -> Result<Arc<Metadata>> {
        if let Some(known) = self.store.cache.metadata.get(&self.tenant.id) {
            return Ok(known);
        }
        let items = self.partition(&keys::metadata(&self.tenant.id)).await?;
        let fields = items.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let metadata = Arc::new(Metadata::new(self.tenant.settings.multi_currency, &fields));
        self.store.cache.metadata.insert(self.tenant.id.clone(), metadata.clone());
        Ok(metadata)
    }

    /// Adds a field of the tenant's own, or changes it. Running processes see it within 60 s.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_field(&self, field: &CustomField) -> Result<()> {
        let definition = serde_json::to_string(field).map_err(|_| StoreError::corrupt("field"))?;
        let stored = StoredField { definition };
        let mut item: Item =
            serde_dynamo::to_item(stored).map_err(|_| StoreError::corrupt("field"))?;
        item.extend(keys::field(&self.tenant.id, &field.object, &field.name).attributes());
        let call = self.store.db.put_item().table_name(&*self.store.table).set_item(Some(item));
        self.store.meter.time(call.send()).await?;
        self.store.cache.metadata.invalidate(&self.tenant.id);
        Ok(())
    }

    /// All items of a partition, strongly consistent.
    async fn partition(&self, pk: &str) -> Result<Vec<Item>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let (page, next) = self.page(pk, from).await?;
            items.extend(page);
            from = next;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// A page of a partition, strongly consistent, and where the next one begins.
    pub(crate) async fn page(
        &self,
        pk: &str,
        from: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>)> {
        let call = self.store.db.query().table_name(&*self.store.table).consistent_read(true);
        let call = call.key_condition_expression("pk = :pk");
        let call = call.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let call = call
            .set_exclusive_start_key(from)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

fn read(item: Item) -> Result<CustomField> {
    let stored: StoredField =
        serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("field"))?;
    serde_json::from_str(&stored.definition).map_err(|_| StoreError::corrupt("field"))
}
