//! Reads of a partition, page by page.

use aws_sdk_dynamodb::types::Select;
use people_domain::query::Filter;

use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::filter::render_filter;
use crate::{Result, TenantStore};

/// Items that one filtered call reads. A call without this limit reads up to 1 MB, which is about as
/// much; DynamoDB Local applies its 1 MB to what a filter lets through, and reads a whole partition.
pub(crate) const CALL_ITEMS_MAX: usize = 2_000;

/// A read of one page of a partition.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageRequest<'a> {
    pub(crate) pk: &'a str,
    /// The first and the last sort key, both included; neither has to exist.
    pub(crate) sort_keys: Option<(&'a str, &'a str)>,
    /// The only attributes to read, each once.
    pub(crate) attributes: Option<&'a [String]>,
    pub(crate) filter: Option<&'a Filter>,
    /// The most items to read, whether the filter lets them through or not.
    pub(crate) items_max: Option<usize>,
    /// Whether items are only counted.
    pub(crate) is_count: bool,
}

/// A page of a partition.
#[derive(Debug, Default)]
pub(crate) struct PartitionPage {
    /// None if they are only counted.
    pub(crate) items: Vec<TableItem>,
    /// The items that the filter lets through.
    pub(crate) count: u64,
    /// The items that were read, with those that the filter kept back.
    pub(crate) items_read: usize,
    /// The key after which the next page starts.
    pub(crate) next: Option<TableItem>,
}

impl TenantStore {
    /// Reads a page, strongly consistent, that starts after the key `from`.
    pub(crate) async fn query_page(
        &self,
        request: PageRequest<'_>,
        from: Option<TableItem>,
    ) -> Result<PartitionPage> {
        let mut placeholders = Placeholders::default();
        let projection = request.attributes.map(|names| {
            let names: Vec<_> = names.iter().map(|name| placeholders.add_name(name)).collect();
            names.join(",")
        });
        let filter = request.filter.map(|filter| render_filter(filter, &mut placeholders));
        let mut key = format!("pk = {}", placeholders.add_text(request.pk));
        if let Some((first, last)) = request.sort_keys {
            let (first, last) = (placeholders.add_text(first), placeholders.add_text(last));
            key.push_str(&format!(" AND sk BETWEEN {first} AND {last}"));
        }
        let (names, values) = placeholders.into_parts();
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .key_condition_expression(key)
            .set_filter_expression(filter)
            .set_select(request.is_count.then_some(Select::Count))
            .set_projection_expression(projection)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_limit(request.items_max.and_then(|items_max| i32::try_from(items_max).ok()))
            .set_exclusive_start_key(from);
        let answer = call.send_metered(&self.store.meter).await?;
        Ok(PartitionPage {
            items: answer.items.unwrap_or_default(),
            count: answer.count.try_into().unwrap_or_default(),
            items_read: usize::try_from(answer.scanned_count).unwrap_or_default(),
            next: answer.last_evaluated_key,
        })
    }

    /// Reads a page of a partition, strongly consistent, and the key after which the next page
    /// starts.
    pub(crate) async fn read_partition_page(
        &self,
        pk: &str,
        attributes: Option<&[String]>,
        items_max: Option<usize>,
        from: Option<TableItem>,
    ) -> Result<(Vec<TableItem>, Option<TableItem>)> {
        let request = PageRequest { pk, attributes, items_max, ..PageRequest::default() };
        let page = self.query_page(request, from).await?;
        Ok((page.items, page.next))
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
