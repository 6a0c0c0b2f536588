//! One call of a pass: a page of a partition under a filter.

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::limit;
use people_domain::query::Filter;

use crate::table::convert::TableItem;
use crate::table::keys::{ItemKey, PK, SK};
use crate::table::partition::{CALL_ITEMS_MAX, PageRequest};
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
        let (filter, items_max) = (Some(filter), Some(CALL_ITEMS_MAX));
        let request =
            PageRequest { pk, filter, items_max, is_count: true, ..PageRequest::default() };
        let page = self.query_page(request, build_start_key(pk, after)).await?;
        Ok((page.count, read_last_key(page.next.as_ref())))
    }
}

fn build_start_key(pk: &str, after: Option<&str>) -> Option<TableItem> {
    let key = [(PK, pk), (SK, after?)];
    Some(key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned()))).into())
}

fn read_last_key(key: Option<&TableItem>) -> LastKey {
    key.and_then(ItemKey::from_item).map(|key| key.sk)
}
