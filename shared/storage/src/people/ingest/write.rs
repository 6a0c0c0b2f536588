//! One write for merged rows of one person, and the outcome of each row.

use std::collections::HashSet;
use std::sync::Arc;

use people_domain::ids::stamp::Stamp;
use people_domain::people::outcome::{RowOutcome, UpsertedPerson};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{AssociationIndexes, Fence, Person, WriteContext};

use super::ApplyMode;
use super::apply::WriteBatch;
use super::group::{IndexedOutcome, RowGroup};
use super::refusals::refused_outcome;
use crate::jobs::{RecordedOutcome, StoredRefusal};
use crate::people::{PrefetchedSlot, UpsertHints, UpsertOutcome};
use crate::table::failpoint::failpoint;
use crate::{Result, WriteRefusal};

/// Associations of a person that each row of a call may hold until the call is answered.
const ASSOCIATIONS_KEPT_MAX: usize = 16;

impl WriteBatch<'_, '_> {
    /// Does one write for rows of one person.
    pub(super) async fn write_merged_rows(
        &self,
        rows: &[usize],
        write: &PersonWrite,
        group: &mut RowGroup<'_>,
    ) -> Result<UpsertOutcome> {
        let context = self.build_write_context(rows, write);
        if rows.iter().all(|at| self.is_written(*at)) {
            let written = self.store.read_written_person(write, &context).await?;
            return Ok(written_or_refused(written, WriteRefusal::Erased));
        }
        let inspects = self.job.is_some_and(|job| job.mode == ApplyMode::Inspect);
        let is_found = match rows {
            [at] => self.matches_person_query(*at).await?,
            _ => true,
        };
        if inspects || !is_found {
            // An earlier attempt may have found the person, and changed the field that it was found
            // by.
            let applied = self.store.find_already_applied(write, &context).await?;
            let refusal = if inspects { WriteRefusal::GivenUp } else { WriteRefusal::NotFound };
            return Ok(written_or_refused(applied, refusal));
        }
        self.record_refusals(group).await?;
        let hints = self.upsert_hints(write, group).await?;
        let upserted = self.store.upsert_person(write, &context, hints).await?;
        failpoint("apply.row");
        Ok(upserted)
    }

    /// The knowledge of the batch that a write of a group uses.
    async fn upsert_hints(&self, write: &PersonWrite, group: &RowGroup<'_>) -> Result<UpsertHints> {
        let likely_new = self.prefetched.mostly_new;
        let indexes = match self.job {
            None => AssociationIndexes::from_metadata(self.metadata),
            // A chunk runs for longer than a process may remember a schema.
            Some(_) => AssociationIndexes::from_metadata(&*self.store.read_metadata().await?),
        };
        // A later write of the group finds another item than was read.
        let prefetched = (self.has_indexed_associations && group.outcomes.is_empty())
            .then(|| self.prefetched_slot(write))
            .flatten();
        Ok(UpsertHints { likely_new, prefetched, indexes })
    }

    /// The item at the slot of a write, if it was read.
    fn prefetched_slot(&self, write: &PersonWrite) -> Option<PrefetchedSlot> {
        let key = self.store.slot_key_of_write(write, &self.prefetched)?;
        let item = self.prefetched.whole_item_at(&key)?.cloned();
        Some(PrefetchedSlot { key, item })
    }

    /// Whether an earlier attempt at the chunk wrote the row, and recorded that.
    pub(super) fn is_written(&self, at: usize) -> bool {
        self.job
            .is_some_and(|job| job.chunk.outcomes.outcome_of(at) == Some(RecordedOutcome::Written))
    }

    /// Whether the person matches the row's lookup of it, apart from its email or GSID.
    async fn matches_person_query(&self, at: usize) -> Result<bool> {
        match self.rows.get(at).and_then(|row| row.parsed.person_query()) {
            Some(query) => Ok(!self.store.search_records(query, 1).await?.is_empty()),
            None => Ok(true),
        }
    }

    /// Records refused rows in the chunk before a later row of the same person is written: when the
    /// chunk runs again, the refused rows would find the person changed.
    async fn record_refusals(&self, group: &mut RowGroup<'_>) -> Result<()> {
        if let Some(job) = self.job
            && group.has_unrecorded_refusals
        {
            self.store.record_outcomes(&job.chunk).await?;
            failpoint("apply.refused");
        }
        group.has_unrecorded_refusals = false;
        Ok(())
    }

    /// The stamps and the fence of rows. Records that they create have the same creation stamp
    /// whenever the chunk runs again; their update stamp is new at each sending.
    pub(super) fn build_write_context(&self, rows: &[usize], write: &PersonWrite) -> WriteContext {
        let stamp = self.store.store.new_stamp();
        let Some(job) = self.job else { return WriteContext::new(stamp) };
        let number =
            |at: Option<&usize>| at.and_then(|at| self.rows.get(*at)).map_or(0, |row| row.number);
        let fence = Fence {
            job: job.chunk.job.as_str().to_owned(),
            rows: number(rows.first())..=number(rows.last()),
            named_by: write.person_ref.named_by(),
            accepted: job.accepted,
        };
        let last = rows.last().copied().unwrap_or_default();
        let created = Stamp::new(job.chunk.stamp.number() + last as u128);
        WriteContext { stamp, created, fence: Some(fence) }
    }

    /// The outcome of a write for each of its rows. An association counts as created by the first
    /// row that names it.
    pub(super) fn split_by_row(
        &self,
        rows: &[usize],
        upserted: UpsertedPerson,
    ) -> Vec<IndexedOutcome> {
        let UpsertedPerson { person, mut inserted, created_associations: mut created } = upserted;
        let person = self.without_unnamed_associations(rows, person);
        let outcome = |at: &usize| {
            let named = self.rows.get(*at).map(|row| &row.plan.write.associations);
            let named = named.into_iter().flatten();
            let outcome = RowOutcome::Written(UpsertedPerson {
                person: Arc::clone(&person),
                inserted: std::mem::take(&mut inserted),
                created_associations: named
                    .filter_map(|association| created.take(&association.name))
                    .collect(),
            });
            (*at, outcome)
        };
        rows.iter().map(outcome).collect()
    }

    /// Drops the associations that no row names from a person that has many: each of a chunk's five
    /// hundred rows may hold a person until the last row of the call is answered.
    fn without_unnamed_associations(&self, rows: &[usize], person: Arc<Person>) -> Arc<Person> {
        let associations = person.companies.len() + person.relationships.len();
        if associations <= ASSOCIATIONS_KEPT_MAX || self.rows.len() == 1 {
            return person;
        }
        let rows = rows.iter().filter_map(|at| self.rows.get(*at));
        let named: HashSet<_> =
            rows.flat_map(|row| row.plan.named_associations(self.store.ids())).collect();
        let mut person = Arc::unwrap_or_clone(person);
        person.retain_associations(|name| named.contains(name));
        Arc::new(person)
    }

    pub(super) async fn refuse_rows(
        &self,
        rows: &[usize],
        refusal: WriteRefusal,
        group: &mut RowGroup<'_>,
    ) -> Result<()> {
        for at in rows {
            let Some(row) = self.rows.get(*at) else { continue };
            let exists = self.store.find_person_of_row(&row.parsed).await?.is_some();
            let refused = StoredRefusal { refusal, exists };
            group.outcomes.push((*at, refused_outcome(row, refused, self.metadata)));
            if let Some(job) = self.job
                && needs_recording(refusal, &row.plan.write)
            {
                job.chunk.outcomes.add_outcome(*at, RecordedOutcome::Refused(refused));
                group.has_unrecorded_refusals = true;
            }
        }
        Ok(())
    }
}

/// The result of rows that leave the person as it is.
pub(super) fn to_unchanged_upsert(person: Person, context: &WriteContext) -> UpsertedPerson {
    let associations = person.companies.iter().chain(&person.relationships);
    let created = associations.filter(|association| association.created == context.created);
    UpsertedPerson {
        created_associations: created.map(|association| association.name.clone()).collect(),
        // An earlier attempt at this chunk may have created it.
        inserted: person.created == context.created,
        person: Arc::new(person),
    }
}

fn written_or_refused(written: Option<UpsertedPerson>, refusal: WriteRefusal) -> UpsertOutcome {
    written.map_or(UpsertOutcome::Refused(refusal), UpsertOutcome::Written)
}

/// Whether a refusal is recorded, because another attempt might not repeat it. A GSID of no person
/// never gets one later, and rows are given up only after the last attempt.
fn needs_recording(refusal: WriteRefusal, write: &PersonWrite) -> bool {
    let by_gsid = matches!(write.person_ref, PersonRef::Gsid(..));
    !(refusal == WriteRefusal::GivenUp || refusal == WriteRefusal::NotFound && by_gsid)
}
