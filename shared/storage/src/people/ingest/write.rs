//! One write for rows of one person, and how they ended by it.

use std::collections::HashSet;
use std::sync::Arc;

use people_domain::ids::stamp::Stamp;
use people_domain::people::outcome::{RowOutcome, UpsertedPerson};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{Fence, Person, WriteContext};

use super::ApplyMode;
use super::apply::WriteBatch;
use super::group::{IndexedOutcome, RowGroup};
use super::refusals::refused_outcome;
use crate::jobs::{RecordedOutcome, StoredRefusal};
use crate::table::failpoint::failpoint;
use crate::{Result, WriteRefusal};

/// So many associations of a person may be held by each row of a call.
const ASSOCIATIONS_KEPT_MAX: usize = 16;

impl WriteBatch<'_, '_> {
    /// Does one write; why the store refused it, if it did.
    pub(super) async fn write_merged_rows(
        &self,
        rows: &[usize],
        write: &PersonWrite,
        group: &mut RowGroup<'_>,
    ) -> Result<std::result::Result<Vec<IndexedOutcome>, WriteRefusal>> {
        let mark = self.build_mark(rows, write);
        if rows.iter().all(|at| self.is_written(*at)) {
            let written = self.store.read_written_person(write, &mark).await?;
            return Ok(written
                .map(|done| self.split_by_row(rows, done))
                .ok_or(WriteRefusal::Erased));
        }
        let looks = self.run.is_some_and(|run| run.mode == ApplyMode::Inspect);
        let found = match rows {
            [at] => self.matches_person_query(*at).await?,
            _ => true,
        };
        if looks || !found {
            // It may have found the person when it was written, and changed what it was found by.
            let applied = self.store.find_already_applied(write, &mark).await?;
            let refusal = if looks { WriteRefusal::GivenUp } else { WriteRefusal::NotFound };
            return Ok(applied.map(|done| self.split_by_row(rows, done)).ok_or(refusal));
        }
        self.record_refusals(group).await?;
        let upserted = self.store.upsert_person(write, &mark, self.prefetched.mostly_new).await?;
        failpoint("apply.row");
        Ok(upserted.map(|done| self.split_by_row(rows, done)))
    }

    /// Whether an earlier attempt at the chunk wrote the row, and recorded that.
    pub(super) fn is_written(&self, at: usize) -> bool {
        self.run
            .is_some_and(|run| run.chunk.outcomes.outcome_of(at) == Some(RecordedOutcome::Written))
    }

    /// Whether the person has what the row looks for it by, beside its name.
    async fn matches_person_query(&self, at: usize) -> Result<bool> {
        match self.rows.get(at).and_then(|passing| passing.row.person_query()) {
            Some(query) => Ok(!self.store.search_records(query, 1).await?.is_empty()),
            None => Ok(true),
        }
    }

    /// Before a later row of the same person is written, the chunk learns which rows were refused:
    /// the person that they meet when the chunk runs again is another.
    async fn record_refusals(&self, group: &mut RowGroup<'_>) -> Result<()> {
        if let Some(run) = self.run
            && group.has_unrecorded_refusals
        {
            self.store.record_outcomes(&run.chunk).await?;
            failpoint("apply.refused");
        }
        group.has_unrecorded_refusals = false;
        Ok(())
    }

    /// The stamps and the fence of rows. What they make is born at the same time whenever the chunk
    /// runs again; what they write is as late as they are sent.
    pub(super) fn build_mark(&self, rows: &[usize], write: &PersonWrite) -> WriteContext {
        let stamp = self.store.store.new_stamp();
        let Some(run) = self.run else { return WriteContext::new(stamp) };
        let number = |at: Option<&usize>| {
            at.and_then(|at| self.rows.get(*at)).map_or(0, |passing| passing.number)
        };
        let fence = Fence {
            job: run.chunk.job.as_str().to_owned(),
            rows: number(rows.first())..=number(rows.last()),
            named_by: write.person_ref.named_by(),
            accepted: run.accepted,
        };
        let last = rows.last().copied().unwrap_or_default();
        let born = Stamp::new(run.chunk.stamp.number() + last as u128);
        WriteContext { stamp, created: born, fence: Some(fence) }
    }

    /// What a write did for each of its rows: the first that names a part has made it.
    pub(super) fn split_by_row(&self, rows: &[usize], done: UpsertedPerson) -> Vec<IndexedOutcome> {
        let UpsertedPerson { person, mut inserted, created_associations: mut new } = done;
        let person = self.without_unnamed_associations(rows, person);
        let state = |at: &usize| {
            let named = self.rows.get(*at).map(|passing| &passing.plan.write.associations);
            let named = named.into_iter().flatten();
            let outcome = RowOutcome::Written(UpsertedPerson {
                person: Arc::clone(&person),
                inserted: std::mem::take(&mut inserted),
                created_associations: named
                    .filter_map(|association| new.take(&association.name))
                    .collect(),
            });
            (*at, outcome)
        };
        rows.iter().map(state).collect()
    }

    /// The person without the associations that no row names, if it has many: it is held until the
    /// last row of the call is answered, and a chunk has five hundred.
    fn without_unnamed_associations(&self, rows: &[usize], person: Arc<Person>) -> Arc<Person> {
        let many = person.companies.len() + person.relationships.len() > ASSOCIATIONS_KEPT_MAX;
        if !many || self.rows.len() == 1 {
            return person;
        }
        let rows = rows.iter().filter_map(|at| self.rows.get(*at));
        let named: HashSet<_> =
            rows.flat_map(|row| row.plan.named_associations(self.store.ids())).collect();
        let mut person = Arc::unwrap_or_clone(person);
        person.retain_associations(|name| named.contains(name));
        Arc::new(person)
    }

    /// A person that was found to be as rows want it.
    pub(super) fn to_unchanged_upsert(
        &self,
        person: Person,
        mark: &WriteContext,
    ) -> UpsertedPerson {
        let held = person.companies.iter().chain(&person.relationships);
        let made = held.filter(|held| held.created == mark.created).map(|held| held.name.clone());
        let made: HashSet<_> = made.collect();
        // An earlier attempt at this chunk may have made it.
        let inserted = person.created == mark.created;
        UpsertedPerson { person: Arc::new(person), inserted, created_associations: made }
    }

    pub(super) async fn refuse_rows(
        &self,
        rows: &[usize],
        refusal: WriteRefusal,
        group: &mut RowGroup<'_>,
    ) -> Result<()> {
        for at in rows {
            let Some(passing) = self.rows.get(*at) else { continue };
            let exists = self.store.find_person_of_row(&passing.row).await?.is_some();
            let refused = StoredRefusal { refusal, exists };
            group.outcomes.push((*at, refused_outcome(passing, refused, self.metadata)));
            if let Some(run) = self.run
                && needs_recording(refusal, &passing.plan.write)
            {
                run.chunk.outcomes.add_outcome(*at, RecordedOutcome::Refused(refused));
                group.has_unrecorded_refusals = true;
            }
        }
        Ok(())
    }
}

/// Whether another attempt might find otherwise, so that a refusal is recorded. A GSID that names
/// nobody names nobody later; what is given up is no attempt's.
fn needs_recording(refusal: WriteRefusal, write: &PersonWrite) -> bool {
    let by_gsid = matches!(write.person_ref, PersonRef::Gsid(..));
    !(refusal == WriteRefusal::GivenUp || refusal == WriteRefusal::NotFound && by_gsid)
}
