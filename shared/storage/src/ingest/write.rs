//! One write for rows of one person, and how they ended by it.

use std::collections::HashSet;
use std::sync::Arc;

use people_domain::person::{Fence, Mark, Person};
use people_domain::plan::PersonWrite;
use people_domain::stamp::Stamp;

use super::apply::Batch;
use super::group::{Ended, Group};
use super::{Hand, State};
use crate::job::RefusedRow;
use crate::{Refusal, Result, Upserted, point};

impl Batch<'_, '_> {
    /// Does one write; why the store refused it, if it did.
    pub(super) async fn write(
        &self,
        rows: &[usize],
        write: &PersonWrite,
        group: &mut Group<'_>,
    ) -> Result<std::result::Result<Vec<Ended>, Refusal>> {
        let mark = self.mark(rows, write);
        let looks = self.run.is_some_and(|run| run.hand == Hand::Look);
        let found = match rows {
            [at] => self.is_found(*at).await?,
            _ => true,
        };
        if looks || !found {
            // It may have found the person when it was written, and changed what it was found by.
            let before = self.store.applied(write, &mark).await?;
            let refusal = if looks { Refusal::GivenUp } else { Refusal::NotFound };
            return Ok(before.map(|before| self.written(rows, &mark, &before)).ok_or(refusal));
        }
        self.record_refused(group).await?;
        let inserted = match self.before.mostly_new && write.required.is_none() {
            true => self.store.insert(write, &mark).await?,
            false => None,
        };
        let upserted = match inserted {
            Some(upserted) => Ok(upserted),
            None => self.store.upsert(write, &mark).await?,
        };
        point("apply.row");
        Ok(upserted.map(|upserted| self.written(rows, &mark, &upserted)))
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
            && !group.unrecorded.is_empty()
        {
            self.store.record_refused(&run.job, run.chunk, &group.unrecorded).await?;
            point("apply.refused");
        }
        group.unrecorded.clear();
        Ok(())
    }

    /// The stamp and the fence of rows: the same whenever the chunk runs again.
    pub(super) fn mark(&self, rows: &[usize], write: &PersonWrite) -> Mark {
        let Some(run) = self.run else {
            return Mark { stamp: self.store.store.stamp(), fence: None };
        };
        let number = |at: Option<&usize>| {
            at.and_then(|at| self.rows.get(*at)).map_or(0, |passing| passing.number)
        };
        let fence = Fence {
            job: run.job.as_str().to_owned(),
            rows: number(rows.first())..=number(rows.last()),
            named: write.who.named(),
            accepted: run.accepted,
        };
        let last = rows.last().copied().unwrap_or_default();
        Mark { stamp: Stamp::new(run.stamp.number() + last as u128), fence: Some(fence) }
    }

    fn written(&self, rows: &[usize], mark: &Mark, upserted: &Upserted) -> Vec<Ended> {
        self.states(rows, &upserted.person, mark.stamp, upserted.inserted)
    }

    /// What a write did for each of its rows: the first that names a part has made it.
    pub(super) fn states(
        &self,
        rows: &[usize],
        person: &Arc<Person>,
        stamp: Stamp,
        mut inserted: bool,
    ) -> Vec<Ended> {
        let held = person.companies.iter().chain(&person.relationships);
        let new = held.filter(|held| held.born == stamp).map(|held| held.name.clone());
        let mut new: HashSet<_> = new.collect();
        let state = |at: &usize| {
            let named = self.rows.get(*at).map(|passing| &passing.plan.write.associations);
            let named = named.into_iter().flatten();
            let made = named.filter_map(|association| new.take(&association.name)).collect();
            let inserted = std::mem::take(&mut inserted);
            (*at, State::Written { person: Arc::clone(person), inserted, made })
        };
        rows.iter().map(state).collect()
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
            let refused = RefusedRow { row: passing.number, refusal, exists };
            group.ended.push((*at, passing.refused(&refused, self.metadata)));
            group.unrecorded.push(refused);
        }
        Ok(())
    }
}
