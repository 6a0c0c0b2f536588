//! Reads of a partition, page by page.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Reads a page of a partition, strongly consistent, and the key at which the next page starts.
    /// `attributes` are the only ones that are read; each is named once. `items_max` limits the
    /// page.
    pub(crate) async fn read_partition_page(
        &self,
        pk: &str,
        attributes: Option<&[String]>,
        items_max: Option<usize>,
        from: Option<TableItem>,
    ) -> Result<(Vec<TableItem>, Option<TableItem>)> {
        let mut placeholders = Placeholders::default();
        let projection = attributes.map(|names| {
            let names: Vec<_> = names.iter().map(|name| placeholders.add_name(name)).collect();
            names.join(",")
        });
        let (names, _) = placeholders.into_parts();
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .set_projection_expression(projection)
            .set_expression_attribute_names(names)
            .set_limit(items_max.and_then(|items_max| i32::try_from(items_max).ok()))
            .set_exclusive_start_key(from);
        let answer = call.send_metered(&self.store.meter).await?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }

    /// Reads all items of a partition, strongly consistent.
    pub(crate) async fn read_partition(&self, pk: &str) -> Result<Vec<TableItem>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let (page, next) = self.read_partition_page(pk, None, None, from).await?;
            items.extend(page);
            from = next;
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}
