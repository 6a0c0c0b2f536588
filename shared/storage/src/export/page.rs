//! One call of a pass: a page of a partition under a filter.

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use people_domain::limit;

use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::keys::{ItemKey, PK, SK};
use crate::{Result, TenantStore};

/// What a page of a partition holds.
pub(super) struct PassPage {
    pub(super) items: Vec<TableItem>,
    /// The items that match the filter; of a counted page only this is known.
    pub(super) count: u64,
    /// The sort key of the last item that was read; `None` at the end of the partition.
    pub(super) last: Option<String>,
}

/// Which items of a partition are read.
#[derive(Default)]
pub(super) struct PageFilter {
    expression: Option<String>,
    placeholders: Placeholders,
    /// Whether items are only counted.
    is_count: bool,
}

impl PageFilter {
    /// A filter whose expression is built with the placeholders of the call.
    pub(super) fn new(build: impl FnOnce(&mut Placeholders) -> String) -> Self {
        let mut placeholders = Placeholders::default();
        let expression = Some(build(&mut placeholders));
        Self { expression, placeholders, is_count: false }
    }

    pub(super) fn counted(self) -> Self {
        Self { is_count: true, ..self }
    }
}

impl TenantStore {
    /// Reads the items after the sort key `after`, strongly consistent. The limit counts items that
    /// are read, matching or not, so that no call takes long.
    pub(super) async fn read_page_after(
        &self,
        pk: &str,
        after: Option<&str>,
        filter: PageFilter,
    ) -> Result<PassPage> {
        let PageFilter { expression, mut placeholders, is_count } = filter;
        let partition = placeholders.add_text(pk);
        let (names, values) = placeholders.into_parts();
        let start = after.map(|after| {
            let key = [(PK, pk), (SK, after)];
            key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned()))).into()
        });
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .key_condition_expression(format!("pk = {partition}"))
            .set_filter_expression(expression)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_select(is_count.then_some(Select::Count))
            .limit(limit::EXPORT_PAGE_ITEMS_MAX)
            .set_exclusive_start_key(start);
        let answer = call.send_metered(&self.store.meter).await?;
        let last = answer.last_evaluated_key.as_ref().and_then(ItemKey::from_item);
        Ok(PassPage {
            count: answer.count.try_into().unwrap_or_default(),
            items: answer.items.unwrap_or_default(),
            last: last.map(|key| key.sk),
        })
    }
}
