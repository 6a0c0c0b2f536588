//! Reads all rows of an object within a range of keys, in the order of their GSIDs.

use futures::future::try_join_all;
use people_domain::ids::tenant_ids::LOCATOR_CHARS;
use people_domain::people::{LEFT, is_person_object};
use people_domain::query::{Filter, KeyRange, RowKey};

use super::QueryResult;
use super::key_walk::{KeyGroups, KeySpan, KeyWalk, WalkStep};
use super::run::QueryRun;
use crate::table::convert::{TableItem, item_text};
use crate::table::keys::{self, PK, SK};
use crate::table::partition::{CALL_ITEMS_MAX, PageRequest};
use crate::{Result, TenantStore};

/// Items of the first call of a query whose conditions let through an unknown part.
const FIRST_CALL_ITEMS: usize = 200;

impl QueryRun<'_> {
    /// Evaluates rows in the order of their GSIDs until enough are found.
    pub(super) async fn walk_rows(
        &mut self,
        range: &KeyRange,
        filter: Option<&Filter>,
        after: Option<&RowKey>,
    ) -> QueryResult<()> {
        let mut walk = self.start_walk(range, after);
        while !self.sink.is_full() {
            let step = walk.next_step(self.estimate_items(&walk));
            if step == WalkStep::End {
                break;
            }
            let items = self.read_step(&mut walk, step, filter).await?;
            if is_person_object(&self.query.object.name) {
                self.evaluate_slots(items).await?;
            } else {
                self.evaluate_record_items(items).await?;
            }
        }
        Ok(())
    }

    fn start_walk(&self, range: &KeyRange, after: Option<&RowKey>) -> KeyWalk {
        let (tenant, object) = (&self.store.tenant.id, self.query.object);
        let from = after.map_or("", RowKey::item_part).max(range.from.as_str());
        let to = range.to.as_deref();
        if let Some(kind) = object.record_kind() {
            let pk = keys::records_partition(tenant, &object.name);
            let span = KeySpan::new(pk, &self.store.ids().object_key(kind), from, to);
            return KeyWalk::new(Some(span).filter(|_| !range.is_empty), KeyGroups::Single);
        }
        // A slot is shared by all record parts that begin with its locator.
        let from = from.get(..LOCATOR_CHARS).unwrap_or(from);
        let spans = keys::people_partitions(tenant).filter_map(|pk| {
            let first = pk.chars().next_back()?.to_string();
            let from = from.max(first.as_str());
            let to = to
                .filter(|to| to.starts_with(&first))
                .map_or_else(|| format!("{first}~"), str::to_owned);
            let is_within =
                from.starts_with(&first) && range.to.as_ref().is_none_or(|to| first <= *to);
            (is_within && !range.is_empty).then(|| KeySpan::new(pk, "", from, Some(&to)))
        });
        KeyWalk::new(spans.collect::<Vec<_>>(), KeyGroups::Slots)
    }

    /// The items that have to be read for the rows that are still needed.
    fn estimate_items(&self, walk: &KeyWalk) -> usize {
        let (Some(rows), Some(items)) = (self.sink.rows_left(), self.sink.items_left()) else {
            return usize::MAX;
        };
        let wants_every_row = self.query.wants_every_row();
        if wants_every_row && self.query.has_row_per_item() {
            return items;
        }
        match (walk.items_read(), self.rows_matched) {
            (0, _) if wants_every_row => items,
            (0, _) => rows.max(FIRST_CALL_ITEMS),
            (_, 0) => usize::MAX,
            (read, matched) => items.saturating_mul(read) / matched,
        }
    }

    /// Reads the items of a step, and advances the walk.
    async fn read_step(
        &self,
        walk: &mut KeyWalk,
        step: WalkStep,
        filter: Option<&Filter>,
    ) -> QueryResult<Vec<TableItem>> {
        let names = if self.sink.needs_cells() {
            self.query.row_attributes()
        } else {
            self.query.rank_attributes()
        };
        let names = names.map(|names| names.into_iter().chain([PK, SK, LEFT]).map(str::to_owned));
        let names: Option<Vec<_>> = names.map(Iterator::collect);
        let reader = SpanReader { store: self.store, attributes: names.as_deref(), filter };
        match step {
            WalkStep::End => Ok(Vec::new()),
            WalkStep::Call(span, items_max) => {
                let (mut items, read, last) = reader.read_call(&span, items_max).await?;
                let again = walk.finish_call(&span, read, items_max, last.as_deref());
                if let Some(again) = again {
                    items.retain(|item| item_text(item, SK) < Some(again.as_str()));
                }
                Ok(items)
            }
            WalkStep::Spans(spans) => {
                let read = try_join_all(spans.iter().map(|span| reader.read_span(span))).await?;
                let mut items = Vec::new();
                for (span, (part, count, calls)) in spans.iter().zip(read) {
                    walk.count_span(span, count, calls);
                    items.extend(part);
                }
                Ok(items)
            }
        }
    }
}

/// Reads spans of keys with the same attributes and filter.
struct SpanReader<'a> {
    store: &'a TenantStore,
    attributes: Option<&'a [String]>,
    filter: Option<&'a Filter>,
}

impl SpanReader<'_> {
    fn build_request<'s>(&'s self, span: &'s KeySpan, items_max: usize) -> PageRequest<'s> {
        PageRequest {
            pk: &span.pk,
            sort_keys: Some((&span.from, &span.to)),
            attributes: self.attributes,
            filter: self.filter,
            items_max: Some(items_max),
            is_count: false,
        }
    }

    /// Reads with one call. Returns the items, the number of those that were read, and the last key
    /// if there may be more.
    async fn read_call(
        &self,
        span: &KeySpan,
        items_max: usize,
    ) -> Result<(Vec<TableItem>, usize, Option<String>)> {
        let page = self.store.query_page(self.build_request(span, items_max), None).await?;
        let last = page.next.as_ref().and_then(|next| item_text(next, SK)).map(str::to_owned);
        Ok((page.items, page.items_read, last))
    }

    /// Reads a whole span. Returns its items, the number of those that were read, and that of calls.
    async fn read_span(&self, span: &KeySpan) -> Result<(Vec<TableItem>, usize, usize)> {
        let (mut items, mut count, mut calls, mut from) = (Vec::new(), 0, 0, None);
        loop {
            let request = self.build_request(span, CALL_ITEMS_MAX);
            let page = self.store.query_page(request, from).await?;
            items.extend(page.items);
            count += page.items_read;
            calls += 1;
            from = page.next;
            if from.is_none() {
                return Ok((items, count, calls));
            }
        }
    }
}
