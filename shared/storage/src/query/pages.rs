//! The pages of a query: in the default order each starts at a key; in another order the first page
//! ranks all rows, and the others are read from the snapshot of their keys.

use std::collections::HashMap;

use futures::future::try_join_all;
use people_domain::ids::gsid::{Gsid, GsidKind, PART_CHARS};
use people_domain::people::is_person_object;
use people_domain::query::{AccessPath, Filter, RankedRows, Ranking, Row, RowKey};

use super::QueryResult;
use super::position::{PageMemory, PagePosition, SnapshotPosition};
use super::run::{QueryRun, RowSink};
use super::snapshot::{SnapshotBucket, Snapshots};

/// A page of a query, with what it needs beside the run.
pub(super) struct PageReader<'p, 'q, B> {
    pub(super) run: &'p mut QueryRun<'q>,
    pub(super) memory: PageMemory<'q>,
    pub(super) snapshots: Snapshots<'q, B>,
    pub(super) access: AccessPath,
    pub(super) filter: Option<Filter>,
}

impl<B: SnapshotBucket> PageReader<'_, '_, B> {
    /// Reads the page and remembers where it ends.
    pub(super) async fn read_page(&mut self) -> QueryResult<Vec<Row>> {
        let offset = self.run.query.offset;
        let position = if offset == 0 { None } else { self.memory.recall(offset).await? };
        let (rows, next) = if self.is_walk() {
            self.read_walked_page(position).await?
        } else {
            self.read_ranked_page(position).await?
        };
        let may_have_next = (offset > 0 || !rows.is_empty()) && !self.is_single_page();
        if let Some(next) = next.filter(|_| may_have_next) {
            self.remember_end(rows.len(), &next).await?;
        }
        Ok(rows)
    }

    /// Whether rows are found in the requested order, page by page. Lookup entries are in another
    /// order.
    fn is_walk(&self) -> bool {
        !matches!(self.access, AccessPath::Entries(..)) && self.run.query.is_in_default_order()
    }

    /// Whether the rows are those of keys that fit one page: then there never is another.
    fn is_single_page(&self) -> bool {
        let keys = match &self.access {
            AccessPath::Records(gsids) => gsids.len(),
            AccessPath::People(gsids) if self.run.query.has_row_per_item() => gsids.len(),
            AccessPath::Emails(emails) if self.run.query.has_row_per_item() => emails.len(),
            _ => return false,
        };
        keys <= self.run.query.limit && self.run.query.offset == 0
    }

    /// Remembers the end of a page, also of the last, at the offsets that a client may ask for next.
    /// Some go on until a page is empty, from the rows that they have or from the limit: they would
    /// meet a row again that others have moved behind their offset, or that an earlier reading of
    /// the same query had remembered there.
    async fn remember_end(&self, rows: usize, next: &PagePosition) -> QueryResult<()> {
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        let mut offsets = vec![offset.saturating_add(limit)];
        offsets.extend((1..limit).contains(&rows).then(|| offset.saturating_add(rows)));
        try_join_all(offsets.into_iter().map(|offset| self.memory.remember(offset, next))).await?;
        Ok(())
    }

    async fn read_walked_page(
        &mut self,
        position: Option<PagePosition>,
    ) -> QueryResult<(Vec<Row>, Option<PagePosition>)> {
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        let after = match position {
            Some(PagePosition::After(after)) => Some(after),
            Some(PagePosition::End) => return Ok((Vec::new(), None)),
            _ if offset == 0 => None,
            _ => match self.find_row_before(offset).await? {
                Some(before) => Some(before),
                None => return Ok((Vec::new(), None)),
            },
        };
        self.run.rows_matched = 0;
        self.run.sink = RowSink::page(after, limit);
        self.evaluate_all(after.as_ref()).await?;
        let rows = self.run.take_page();
        let end = rows.last().map(|row| row.key).or(after);
        let next = end.map_or(PagePosition::End, PagePosition::After);
        Ok((rows, Some(next)))
    }

    /// Counts rows up to an offset that no page led to. `None` if there are not so many.
    async fn find_row_before(&mut self, offset: usize) -> QueryResult<Option<RowKey>> {
        self.run.sink = RowSink::Skip { left: offset, last: None };
        self.evaluate_all(None).await?;
        match self.run.sink {
            RowSink::Skip { left: 0, last } => Ok(last),
            _ => Ok(None),
        }
    }

    /// Evaluates the rows of the access path, those after one row alone.
    async fn evaluate_all(&mut self, after: Option<&RowKey>) -> QueryResult<()> {
        // The rows of a person or record before that of `after` need not be read again.
        let is_left = |gsid: &&Gsid| {
            after.is_none_or(|after| gsid.as_str().get(PART_CHARS..) >= Some(after.item_part()))
        };
        match &self.access {
            AccessPath::Records(gsids) => {
                let gsids: Vec<_> = gsids.iter().filter(is_left).map(Gsid::as_str).collect();
                self.run.evaluate_records_by_gsid(&gsids).await
            }
            AccessPath::Entries(field, values) => {
                self.run.evaluate_records_by_entries(field, values).await
            }
            AccessPath::People(gsids) => {
                let gsids: Vec<_> = gsids.iter().filter(is_left).cloned().collect();
                self.run.evaluate_people_by_gsid(&gsids).await
            }
            AccessPath::Associations(targets) => {
                self.run.evaluate_associations(targets, after).await
            }
            AccessPath::Emails(emails) => self.run.evaluate_people_by_email(emails.clone()).await,
            AccessPath::All(range) => self.run.walk_rows(range, self.filter.as_ref(), after).await,
        }
    }

    async fn read_ranked_page(
        &mut self,
        position: Option<PagePosition>,
    ) -> QueryResult<(Vec<Row>, Option<PagePosition>)> {
        match position {
            Some(PagePosition::End) => return Ok((Vec::new(), None)),
            Some(PagePosition::Ranked(position)) => {
                if let Some(page) = self.read_snapshot_page(position).await? {
                    return Ok(page);
                }
            }
            Some(PagePosition::After(_)) | None => {}
        }
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        self.run.sink = RowSink::Ranking(Ranking::new(limit, self.run.limits.answer_bytes));
        self.evaluate_all(None).await?;
        let sink = std::mem::replace(&mut self.run.sink, RowSink::page(None, 0));
        let RowSink::Ranking(ranking) = sink else { return Ok((Vec::new(), None)) };
        match ranking.finish() {
            RankedRows::Rows(rows) => {
                Ok((rows.into_iter().skip(offset).collect(), Some(PagePosition::End)))
            }
            RankedRows::Keys(keys) => self.read_first_ranked_page(&keys).await,
        }
    }

    /// Reads the page of a new ranking, and stores the ranking for the others.
    async fn read_first_ranked_page(
        &mut self,
        keys: &[RowKey],
    ) -> QueryResult<(Vec<Row>, Option<PagePosition>)> {
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        let (mut rows, mut index) = (Vec::new(), offset.min(keys.len()));
        while rows.len() < limit && index < keys.len() {
            let end = (index + limit - rows.len()).min(keys.len());
            rows.extend(self.read_rows(keys.get(index..end).unwrap_or_default()).await?);
            index = end;
        }
        if index == keys.len() {
            return Ok((rows, Some(PagePosition::End)));
        }
        let id = self.snapshots.store_keys(keys, self.memory.began()).await?;
        let next = SnapshotPosition { id, index, rows: keys.len() };
        Ok((rows, Some(PagePosition::Ranked(next))))
    }

    /// Reads a page from a snapshot, past rows that are gone or no longer match; `None` if the
    /// snapshot is gone.
    async fn read_snapshot_page(
        &mut self,
        mut position: SnapshotPosition,
    ) -> QueryResult<Option<(Vec<Row>, Option<PagePosition>)>> {
        let (limit, width) = (self.run.query.limit, self.run.query.row_key_chars());
        let mut rows = Vec::new();
        while rows.len() < limit && position.index < position.rows {
            let wanted = limit - rows.len();
            let keys = self.snapshots.read_keys(&position, wanted, width).await?;
            let Some(keys) = keys else { return Ok(None) };
            position.index += keys.len();
            rows.extend(self.read_rows(&keys).await?);
        }
        let position = self.snapshots.renew(position, width, self.memory.began()).await?;
        Ok(Some((rows, Some(PagePosition::Ranked(position)))))
    }

    /// Reads and evaluates the rows with these keys, in this order.
    async fn read_rows(&mut self, keys: &[RowKey]) -> QueryResult<Vec<Row>> {
        let query = self.run.query;
        self.run.sink = RowSink::page(None, usize::MAX);
        if is_person_object(&query.object.name) {
            let mut parts: Vec<_> = keys.iter().map(|key| key.item_part().to_owned()).collect();
            parts.sort_unstable();
            parts.dedup();
            self.run.evaluate_people_of_parts(parts).await?;
        } else {
            let object_key = query.object.record_kind().unwrap_or(GsidKind::Custom);
            let object_key = self.run.store.ids().object_key(object_key);
            let gsids: Vec<_> =
                keys.iter().map(|key| format!("{object_key}{}", key.item_part())).collect();
            let gsids: Vec<_> = gsids.iter().map(String::as_str).collect();
            self.run.evaluate_records_by_gsid(&gsids).await?;
        }
        let mut found: HashMap<_, _> =
            self.run.take_page().into_iter().map(|row| (row.key, row)).collect();
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }
}
