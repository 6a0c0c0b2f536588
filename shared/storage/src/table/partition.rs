//! Pages of a partition.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::{Result, TenantStore};

impl TenantStore {
    /// A page of a partition, strongly consistent, and where the next one begins. `attributes`: the
    /// only ones that are read, each named once. `most`: how many items are of use at most.
    pub(crate) async fn read_partition_page(
        &self,
        pk: &str,
        attributes: Option<&[String]>,
        most: Option<usize>,
        from: Option<TableItem>,
    ) -> Result<(Vec<TableItem>, Option<TableItem>)> {
        let mut placeholders = Placeholders::default();
        let names = attributes.map(|names| {
            let names: Vec<_> = names.iter().map(|name| placeholders.add_name(name)).collect();
            names.join(",")
        });
        let (names_behind, _) = placeholders.into_parts();
        let call = self.store.db.query().table_name(&*self.store.table).consistent_read(true);
        let call = call.key_condition_expression("pk = :pk");
        let call = call.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let call = call
            .set_projection_expression(names)
            .set_expression_attribute_names(names_behind)
            .set_limit(most.and_then(|most| i32::try_from(most).ok()))
            .set_exclusive_start_key(from);
        let answer = call.send_metered(&self.store.meter).await?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
    /// All items of a partition, strongly consistent.
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
