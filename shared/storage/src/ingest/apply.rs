//! Writes the rows that may go: people at the same time, the rows of one person merged into one
//! write where they can be (design: "many rows per round trip").

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, stream};
use people_domain::fault::Fault;
use people_domain::metadata::Metadata;
use people_domain::person::{Fence, Mark, Person};
use people_domain::plan::PersonWrite;
use people_domain::stamp::Stamp;

use super::explain::explain;
use super::group::groups;
use super::unchanged::Before;
use super::{Hand, IN_FLIGHT, JobRun, Passing, State};
use crate::{Refusal, Result, TenantStore, Upserted};

/// The place of a row among those of a call, and what became of it.
type Ended = (usize, State);

/// All that the groups of one call share.
struct Batch<'b, 'm> {
    store: &'b TenantStore,
    rows: &'b [Passing<'m>],
    metadata: &'b Metadata,
    run: Option<&'b JobRun>,
    before: Before,
}

impl TenantStore {
    /// Writes every row that has not ended yet.
    pub(super) async fn write_all_rows(
        &self,
        passing: &mut [Passing<'_>],
        metadata: &Metadata,
        run: Option<&JobRun>,
    ) -> Result<()> {
        let groups = groups(passing);
        // A single row is written blindly: a read would cost as much as it can save.
        let before = match groups.len() + run.map_or(0, |_| 1) {
            0 | 1 => Before::default(),
            _ => self.before(passing, &groups).await?,
        };
        let batch = Batch { store: self, rows: passing, metadata, run, before };
        let in_flight = run.map_or(IN_FLIGHT, |run| run.in_flight.max(1));
        let mut done = stream::iter(groups.into_iter().map(|group| batch.guarded(group)))
            .buffer_unordered(in_flight);
        let mut ended = Vec::with_capacity(batch.rows.len());
        while let Some(group) = done.next().await {
            ended.extend(group?);
        }
        drop(done);
        for (at, state) in ended {
            if let Some(passing) = passing.get_mut(at) {
                passing.state = Some(state);
            }
        }
        Ok(())
    }
}

impl Batch<'_, '_> {
    /// A panic ends the rows of one person, not those of others.
    async fn guarded(&self, group: Vec<usize>) -> Result<Vec<Ended>> {
        let ended = AssertUnwindSafe(self.group(&group)).catch_unwind().await;
        ended.unwrap_or_else(|_| {
            let lost = || State::Refused { faults: vec![Fault::unexpected()], exists: false };
            Ok(group.iter().map(|at| (*at, lost())).collect())
        })
    }

    /// The rows of one person, in order.
    async fn group(&self, group: &[usize]) -> Result<Vec<Ended>> {
        let (mut ended, mut rest) = (Vec::with_capacity(group.len()), group);
        while let Some((merged, write)) = merge(self.rows, rest) {
            let (these, later) = rest.split_at(merged);
            rest = later;
            match self.write(these, &write).await? {
                Ok(states) => ended.extend(states),
                // Refused together, each row may have a reason of its own.
                Err(_) if merged > 1 => {
                    for at in these {
                        ended.extend(self.alone(*at).await?);
                    }
                }
                Err(refusal) => ended.extend(self.refused(these, refusal).await?),
            }
        }
        Ok(ended)
    }

    async fn alone(&self, at: usize) -> Result<Vec<Ended>> {
        let Some(passing) = self.rows.get(at) else { return Ok(Vec::new()) };
        match self.write(&[at], &passing.plan.write).await? {
            Ok(states) => Ok(states),
            Err(refusal) => self.refused(&[at], refusal).await,
        }
    }

    /// One write for some rows of one person.
    async fn write(
        &self,
        rows: &[usize],
        write: &PersonWrite,
    ) -> Result<std::result::Result<Vec<Ended>, Refusal>> {
        if let [at] = rows
            && let Some(query) = self.rows.get(*at).and_then(|passing| passing.row.person_query())
            && self.store.search(query, 1).await?.is_empty()
        {
            return Ok(Err(Refusal::NotFound));
        }
        let mark = self.mark(rows.last().copied().unwrap_or_default());
        if let Some(person) = self.store.unchanged(write, &self.before) {
            // An earlier attempt at this chunk may have made it.
            let inserted = person.born == mark.stamp;
            return Ok(Ok(self.states(rows, &Arc::new(person), mark.stamp, inserted)));
        }
        if self.run.is_some_and(|run| run.hand == Hand::Look) {
            return self.look(rows, &mark).await;
        }
        let inserted = match self.before.mostly_new && write.required.is_none() {
            true => self.store.insert(write, &mark).await?,
            false => None,
        };
        let upserted = match inserted {
            Some(upserted) => Ok(upserted),
            None => self.store.upsert(write, &mark).await?,
        };
        Ok(upserted
            .map(|Upserted { person, inserted }| self.states(rows, &person, mark.stamp, inserted)))
    }

    /// What an earlier attempt did, told by the fence that it left.
    async fn look(
        &self,
        rows: &[usize],
        mark: &Mark,
    ) -> Result<std::result::Result<Vec<Ended>, Refusal>> {
        let passing = rows.last().and_then(|at| self.rows.get(*at));
        let person = match passing {
            Some(passing) => self.store.person_of(&passing.row).await?,
            None => None,
        };
        let left = |person: &Person| {
            mark.fence.as_ref().is_some_and(|fence| fence.is_behind(&person.values))
        };
        Ok(match person.filter(left) {
            Some(person) => {
                let inserted = person.born == mark.stamp;
                Ok(self.states(rows, &Arc::new(person), mark.stamp, inserted))
            }
            None => Err(Refusal::GivenUp),
        })
    }

    /// The stamp and the fence of a row: the same whenever the chunk runs again.
    fn mark(&self, at: usize) -> Mark {
        let number = self.rows.get(at).map_or(0, |passing| passing.number);
        let Some(run) = self.run else {
            return Mark { stamp: self.store.store.stamp(), fence: None };
        };
        let fence = Fence { job: run.job.clone(), row: number, accepted: run.accepted };
        let stamp = Stamp::new(run.stamp.number() + at as u128);
        Mark { stamp, fence: Some(fence) }
    }

    /// What a write did for each of its rows: the first that names a part has made it.
    fn states(
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

    async fn refused(&self, rows: &[usize], refusal: Refusal) -> Result<Vec<Ended>> {
        let mut ended = Vec::with_capacity(rows.len());
        for at in rows {
            let Some(Passing { row, plan, .. }) = self.rows.get(*at) else { continue };
            let required = plan.write.required.as_deref();
            let faults = vec![explain(refusal, row, required, self.metadata)];
            let exists = self.store.person_of(row).await?.is_some();
            ended.push((*at, State::Refused { faults, exists }));
        }
        Ok(ended)
    }
}

/// How many of the first rows of a group can be written at once, and that write.
pub(super) fn merge(rows: &[Passing<'_>], group: &[usize]) -> Option<(usize, PersonWrite)> {
    let mut writes = group.iter().filter_map(|at| Some(&rows.get(*at)?.plan.write));
    let mut write = writes.next()?.clone();
    let mut merged = 1;
    for later in writes {
        if !write.takes(later) {
            break;
        }
        write.absorb(later.clone());
        merged += 1;
    }
    Some((merged, write))
}
