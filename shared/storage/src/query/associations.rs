//! Associations that are found by lookup entries, where the tenant has an index of them (ADR 45). The
//! entries of a company or relationship are in the order of people, as rows are.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::limit;
use people_domain::people::{AssociationIndex, AssociationIndexes, IndexedTarget};
use people_domain::query::{AccessPath, Query, RowKey};
use people_domain::schema::metadata::{Metadata, object};

use super::run::QueryRun;
use super::{QueryResult, READ_CONCURRENCY};
use crate::people::EntryPage;
use crate::{Result, TenantStore};

/// Entries that are read at once of each company or relationship.
const ENTRIES_MAX: usize = 1_000;

/// People that are read at once: as many keys as 16 calls take.
const PEOPLE_MAX: usize = 1_600;

impl TenantStore {
    /// The access path of a query, with the entries that all matches have.
    pub(super) async fn complete_access_path(
        &self,
        query: &Query<'_>,
        metadata: &Metadata,
    ) -> Result<AccessPath> {
        match query.access_path() {
            AccessPath::Associations(targets) => {
                let targets = self.add_implied_targets(targets, metadata).await?;
                Ok(targets.map_or_else(|| query.access_to_all(), AccessPath::Associations))
            }
            other => Ok(other),
        }
    }

    /// Adds the relationships of companies: a person who has one is at its company, even if only the
    /// relationship's record names that. `None` where they are not indexed, or too many.
    async fn add_implied_targets(
        &self,
        mut targets: Vec<IndexedTarget>,
        metadata: &Metadata,
    ) -> Result<Option<Vec<IndexedTarget>>> {
        let is_company = |target: &&IndexedTarget| target.index == AssociationIndex::Company;
        let companies: Vec<_> =
            targets.iter().filter(is_company).map(|target| target.gsid.clone()).collect();
        let relationship = metadata.object(object::RELATIONSHIP).filter(|_| !companies.is_empty());
        let Some(relationship) = relationship else { return Ok(Some(targets)) };
        let by_company = AccessPath::Entries("Company_ID".to_owned(), companies);
        let Some(gsids) = self.list_record_gsids(relationship, &by_company).await? else {
            return Ok(None);
        };
        let index = AssociationIndex::Relationship;
        let is_complete = AssociationIndexes::from_metadata(metadata).is_complete(index);
        targets.extend(gsids.into_iter().map(|gsid| IndexedTarget { index, gsid }));
        let has_relationships = targets.iter().any(|target| target.index == index);
        let is_usable = (is_complete || !has_relationships)
            && targets.len() <= limit::QUERY_INDEXED_TARGETS_MAX;
        Ok(is_usable.then_some(targets))
    }
}

impl QueryRun<'_> {
    /// Evaluates the people of these entries in the order of their GSIDs, from the person of one row
    /// on, until enough rows are found. Entries are hints: who has no such association any more has
    /// no row.
    pub(super) async fn evaluate_associations(
        &mut self,
        targets: &[IndexedTarget],
        after: Option<&RowKey>,
    ) -> QueryResult<()> {
        let mut from = after.map_or_else(String::new, |after| after.item_part().to_owned());
        loop {
            let store = self.store;
            let (first, items_max) = (&from, self.people_wanted().min(ENTRIES_MAX));
            let reads = targets.iter();
            let reads: Vec<_> = reads
                .map(|target| store.read_association_entries(target, first, items_max))
                .collect();
            let reads = stream::iter(reads).buffered(READ_CONCURRENCY);
            let pages: Vec<EntryPage> = reads.try_collect().await?;
            // Beyond the end of one page, another may have people that this one lacks.
            let ends =
                pages.iter().filter(|page| page.has_more).filter_map(|page| page.parts.last());
            let end = ends.min().cloned();
            let is_within = |part: &String| end.as_ref().is_none_or(|end| part <= end);
            let parts: BTreeSet<_> =
                pages.into_iter().flat_map(|page| page.parts).filter(is_within).collect();
            let mut parts = parts.into_iter().peekable();
            while parts.peek().is_some() {
                let people = parts.by_ref().take(self.people_wanted()).collect();
                self.evaluate_people_of_parts(people).await?;
                if self.sink.is_full() {
                    return Ok(());
                }
            }
            self.check_limits().await?;
            match end {
                // No part has a blank, which comes before all that parts have.
                Some(end) => from = format!("{end} "),
                None => return Ok(()),
            }
        }
    }

    /// The people that the rows that are still needed may take.
    fn people_wanted(&self) -> usize {
        self.sink.items_left().unwrap_or(usize::MAX).min(PEOPLE_MAX)
    }
}
