//! The pages of a query: in the default order each starts at a key; in another order the first page
//! ranks all rows, and the others are read from the snapshot of their keys.

use std::collections::HashMap;

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
        if let Some(next) = next.filter(|_| offset > 0 || !rows.is_empty()) {
            self.remember_end(rows.len(), &next).await?;
        }
        Ok(rows)
    }

    /// Whether rows are found in the requested order, page by page. Lookup entries are in another
    /// order.
    fn is_walk(&self) -> bool {
        !matches!(self.access, AccessPath::Entries(..)) && self.run.query.is_in_default_order()
    }

    /// Whether the end of the last page is remembered too: some clients go on until a page is empty,
    /// and would meet a row again that others have moved behind their offset meanwhile. A query of
    /// few keys has no other page.
    fn is_end_remembered(&self) -> bool {
        let has_keys = match self.access {
            AccessPath::Records(_)
            | AccessPath::Entries(..)
            | AccessPath::People(_)
            | AccessPath::Emails(_) => true,
            AccessPath::Associations(_) | AccessPath::All(_) => false,
        };
        !has_keys || self.run.query.offset > 0 || self.run.is_pass()
    }

    /// Remembers the end of a page at the offsets that a client may ask for next: after a page that
    /// is shorter than its limit, some count on from the rows that they have, others from the limit.
    async fn remember_end(&self, rows: usize, next: &PagePosition) -> QueryResult<()> {
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        self.memory.remember(offset.saturating_add(limit), next).await?;
        if (1..limit).contains(&rows) {
            self.memory.remember(offset.saturating_add(rows), next).await?;
        }
        Ok(())
    }

    async fn read_walked_page(
        &mut self,
        position: Option<PagePosition>,
    ) -> QueryResult<(Vec<Row>, Option<PagePosition>)> {
        let (offset, limit) = (self.run.query.offset, self.run.query.limit);
        let after = match position {
            Some(PagePosition::After(after)) => Some(after),
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
        let has_next = rows.len() == limit || self.is_end_remembered();
        let end = rows.last().map(|row| row.key).or(after);
        Ok((rows, end.filter(|_| has_next).map(PagePosition::After)))
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
        self.run.sink = RowSink::Ranking(Ranking::new(limit));
        self.evaluate_all(None).await?;
        let sink = std::mem::replace(&mut self.run.sink, RowSink::page(None, 0));
        let RowSink::Ranking(ranking) = sink else { return Ok((Vec::new(), None)) };
        match ranking.finish() {
            RankedRows::Rows(rows) => {
                let end = self.is_end_remembered().then_some(PagePosition::End);
                Ok((rows.into_iter().skip(offset).collect(), end))
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
        if index == keys.len() && !self.is_end_remembered() {
            return Ok((rows, None));
        }
        let id = self.snapshots.store_keys(keys).await?;
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
