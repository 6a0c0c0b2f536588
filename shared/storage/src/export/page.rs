//! One call of a pass: a page of a partition under a filter.

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use people_domain::limit;
use people_domain::query::Filter;

use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::filter::render_filter;
use crate::table::keys::{ItemKey, PK, SK};
use crate::table::partition::PageRequest;
use crate::{Result, TenantStore};

/// The sort key of the last item that a page has read; `None` at the end of the partition.
pub(super) type LastKey = Option<String>;

impl TenantStore {
    /// Reads the items after a sort key, strongly consistent. The limit counts items that are read,
    /// matching or not, so that no call takes long.
    pub(super) async fn read_page_after(
        &self,
        pk: &str,
        after: Option<&str>,
        filter: Option<&Filter>,
    ) -> Result<(Vec<TableItem>, LastKey)> {
        let items_max = Some(limit::EXPORT_PAGE_ITEMS_MAX);
        let request = PageRequest { pk, filter, items_max, ..PageRequest::default() };
        let page = self.query_page(request, build_start_key(pk, after)).await?;
        Ok((page.items, read_last_key(page.next.as_ref())))
    }

    /// Counts the items after a sort key that match a filter.
    pub(super) async fn count_page_after(
        &self,
        pk: &str,
        after: Option<&str>,
        filter: &Filter,
    ) -> Result<(u64, LastKey)> {
        let mut placeholders = Placeholders::default();
        let expression = render_filter(filter, &mut placeholders);
        let partition = placeholders.add_text(pk);
        let (names, values) = placeholders.into_parts();
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .select(Select::Count)
            .key_condition_expression(format!("pk = {partition}"))
            .filter_expression(expression)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_exclusive_start_key(build_start_key(pk, after));
        let answer = call.send_metered(&self.store.meter).await?;
        let count = answer.count.try_into().unwrap_or_default();
        Ok((count, read_last_key(answer.last_evaluated_key.as_ref())))
    }
}

fn build_start_key(pk: &str, after: Option<&str>) -> Option<TableItem> {
    let key = [(PK, pk), (SK, after?)];
    Some(key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned()))).into())
}

fn read_last_key(key: Option<&TableItem>) -> LastKey {
    key.and_then(ItemKey::from_item).map(|key| key.sk)
}
