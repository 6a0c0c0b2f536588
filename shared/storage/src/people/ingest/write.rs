//! One write for rows of one person, and how they ended by it.

use std::collections::HashSet;
use std::sync::Arc;

use people_domain::ids::stamp::Stamp;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::Who;
use people_domain::people::{Fence, Mark, Person};

use super::apply::Batch;
use super::group::{Ended, Group};
use super::{Mode, State};
use crate::jobs::{RowEnd, StoredRefusal};
use crate::table::point::point;
use crate::{Refusal, Result, Upserted};

/// So many associations of a person may be held by each row of a call.
const MANY_ASSOCIATIONS: usize = 16;

impl Batch<'_, '_> {
    /// Does one write; why the store refused it, if it did.
    pub(super) async fn write(
        &self,
        rows: &[usize],
        write: &PersonWrite,
        group: &mut Group<'_>,
    ) -> Result<std::result::Result<Vec<Ended>, Refusal>> {
        let mark = self.mark(rows, write);
        if rows.iter().all(|at| self.is_written(*at)) {
            let written = self.store.written_earlier(write, &mark).await?;
            return Ok(written.map(|done| self.states(rows, done)).ok_or(Refusal::Erased));
        }
        let looks = self.run.is_some_and(|run| run.mode == Mode::Look);
        let found = match rows {
            [at] => self.is_found(*at).await?,
            _ => true,
        };
        if looks || !found {
            // It may have found the person when it was written, and changed what it was found by.
            let applied = self.store.applied(write, &mark).await?;
            let refusal = if looks { Refusal::GivenUp } else { Refusal::NotFound };
            return Ok(applied.map(|done| self.states(rows, done)).ok_or(refusal));
        }
        self.record_refused(group).await?;
        let upserted = self.store.upsert(write, &mark, self.before.mostly_new).await?;
        point("apply.row");
        Ok(upserted.map(|done| self.states(rows, done)))
    }

    /// Whether an earlier attempt at the chunk wrote the row, and recorded that.
    pub(super) fn is_written(&self, at: usize) -> bool {
        self.run.is_some_and(|run| run.chunk.ended.end_of(at) == Some(RowEnd::Written))
    }

    /// Whether the person has what the row looks for it by, beside its name.
    async fn is_found(&self, at: usize) -> Result<bool> {
        match self.rows.get(at).and_then(|passing| passing.row.person_query()) {
            Some(query) => Ok(!self.store.search(query, 1).await?.is_empty()),
            None => Ok(true),
        }
    }

    /// Before a later row of the same person is written, the chunk learns which rows were refused:
    /// the person that they meet when the chunk runs again is another.
    async fn record_refused(&self, group: &mut Group<'_>) -> Result<()> {
        if let Some(run) = self.run
            && group.unrecorded
        {
            self.store.record_ended(&run.chunk).await?;
            point("apply.refused");
        }
        group.unrecorded = false;
        Ok(())
    }

    /// The stamps and the fence of rows. What they make is born at the same time whenever the chunk
    /// runs again; what they write is as late as they are sent.
    pub(super) fn mark(&self, rows: &[usize], write: &PersonWrite) -> Mark {
        let stamp = self.store.store.stamp();
        let Some(run) = self.run else { return Mark::new(stamp) };
        let number = |at: Option<&usize>| {
            at.and_then(|at| self.rows.get(*at)).map_or(0, |passing| passing.number)
        };
        let fence = Fence {
            job: run.chunk.job.as_str().to_owned(),
            rows: number(rows.first())..=number(rows.last()),
            named: write.who.named(),
            accepted: run.accepted,
        };
        let last = rows.last().copied().unwrap_or_default();
        let born = Stamp::new(run.chunk.stamp.number() + last as u128);
        Mark { stamp, born, fence: Some(fence) }
    }

    /// What a write did for each of its rows: the first that names a part has made it.
    pub(super) fn states(&self, rows: &[usize], done: Upserted) -> Vec<Ended> {
        let Upserted { person, mut inserted, made: mut new } = done;
        let person = self.without_unnamed_associations(rows, person);
        let state = |at: &usize| {
            let named = self.rows.get(*at).map(|passing| &passing.plan.write.associations);
            let named = named.into_iter().flatten();
            let made = named.filter_map(|association| new.take(&association.name)).collect();
            let inserted = std::mem::take(&mut inserted);
            (*at, State::Written { person: Arc::clone(&person), inserted, made })
        };
        rows.iter().map(state).collect()
    }

    /// The person without the associations that no row names, if it has many: it is held until the
    /// last row of the call is answered, and a chunk has five hundred.
    fn without_unnamed_associations(&self, rows: &[usize], person: Arc<Person>) -> Arc<Person> {
        let many = person.companies.len() + person.relationships.len() > MANY_ASSOCIATIONS;
        if !many || self.rows.len() == 1 {
            return person;
        }
        let rows = rows.iter().filter_map(|at| self.rows.get(*at));
        let named: HashSet<_> =
            rows.flat_map(|row| row.plan.named_associations(self.store.mint())).collect();
        let mut person = Arc::unwrap_or_clone(person);
        person.keep_names_of_associations(|name| named.contains(name));
        Arc::new(person)
    }

    /// A person that was found to be as rows want it.
    pub(super) fn found_unchanged(&self, person: Person, mark: &Mark) -> Upserted {
        let held = person.companies.iter().chain(&person.relationships);
        let made = held.filter(|held| held.born == mark.born).map(|held| held.name.clone());
        let made: HashSet<_> = made.collect();
        // An earlier attempt at this chunk may have made it.
        let inserted = person.born == mark.born;
        Upserted { person: Arc::new(person), inserted, made }
    }

    pub(super) async fn refused(
        &self,
        rows: &[usize],
        refusal: Refusal,
        group: &mut Group<'_>,
    ) -> Result<()> {
        for at in rows {
            let Some(passing) = self.rows.get(*at) else { continue };
            let exists = self.store.person_of(&passing.row).await?.is_some();
            let refused = StoredRefusal { refusal, exists };
            group.ended.push((*at, passing.refused(refused, self.metadata)));
            if let Some(run) = self.run
                && is_recorded(refusal, &passing.plan.write)
            {
                run.chunk.ended.note(*at, RowEnd::Refused(refused));
                group.unrecorded = true;
            }
        }
        Ok(())
    }
}

/// Whether another attempt might find otherwise, so that a refusal is recorded. A GSID that names
/// nobody names nobody later; what is given up is no attempt's.
fn is_recorded(refusal: Refusal, write: &PersonWrite) -> bool {
    let by_gsid = matches!(write.who, Who::Gsid(..));
    !(refusal == Refusal::GivenUp || refusal == Refusal::NotFound && by_gsid)
}
