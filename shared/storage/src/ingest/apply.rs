//! Writes the rows that may go: people at the same time, the rows of one person merged into one
//! write where they can be (design: "many rows per round trip").

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use people_domain::fault::Fault;
use people_domain::metadata::Metadata;
use people_domain::person::{Fence, Mark, Person};
use people_domain::plan::PersonWrite;
use people_domain::stamp::Stamp;

use super::group::{Ended, Group, groups};
use super::pace::Pace;
use super::unchanged::Before;
use super::{Hand, IN_FLIGHT, JobRun, Passing, State};
use crate::job::RefusedRow;
use crate::{Refusal, Result, TenantStore, Upserted};

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
        for (at, state) in batch.write_all(&groups).await? {
            if let Some(passing) = passing.get_mut(at) {
                passing.state = Some(state);
            }
        }
        Ok(())
    }
}

impl Batch<'_, '_> {
    /// The groups, many at the same time. Trouble of the store ends a call that somebody waits
    /// for; a chunk goes on more slowly where it was.
    async fn write_all(&self, groups: &[Vec<usize>]) -> Result<Vec<Ended>> {
        let mut pace = Pace::new(self.run.map_or(IN_FLIGHT, |run| run.in_flight));
        let mut waiting: VecDeque<_> = groups.iter().map(|rows| Group::new(rows)).collect();
        let mut ended = Vec::with_capacity(self.rows.len());
        loop {
            let (mut running, mut trouble) = (FuturesUnordered::new(), None);
            loop {
                while running.len() < pace.at_once()
                    && trouble.is_none()
                    && let Some(group) = waiting.pop_front()
                {
                    running.push(self.guarded(group));
                }
                match running.next().await {
                    None => break,
                    Some((group, Ok(()))) => ended.extend(group.ended),
                    Some((_, Err(error))) if self.run.is_none() || !error.retryable() => {
                        return Err(error);
                    }
                    Some((group, Err(error))) => {
                        waiting.push_front(group);
                        trouble = Some(error);
                    }
                }
            }
            match trouble {
                None => return Ok(ended),
                Some(error) => pace.slow_down(error).await?,
            }
        }
    }

    /// A panic ends the rows of one person, not those of others.
    async fn guarded<'g>(&self, mut group: Group<'g>) -> (Group<'g>, Result<()>) {
        let done = AssertUnwindSafe(self.group(&mut group)).catch_unwind().await;
        let done = done.unwrap_or_else(|_| {
            let lost = || State::Refused { faults: vec![Fault::unexpected()], exists: false };
            group.ended.extend(group.left().iter().map(|at| (*at, lost())));
            Ok(())
        });
        (group, done)
    }

    /// The rows of one person, from the first that has not ended.
    async fn group(&self, group: &mut Group<'_>) -> Result<()> {
        if group.ended.is_empty()
            && let Some(ended) = self.unchanged(group.rows)
        {
            group.ended = ended;
            return Ok(());
        }
        while let Some((merged, write)) = merge(self.rows, group.left()) {
            let (these, _) = group.left().split_at(merged);
            match self.write(these, &write, group).await? {
                Ok(states) => group.ended.extend(states),
                // Refused together, each row may have a reason of its own.
                Err(_) if merged > 1 => {
                    for at in these {
                        self.alone(*at, group).await?;
                    }
                }
                Err(refusal) => self.refused(these, refusal, group).await?,
            }
        }
        Ok(())
    }

    /// How rows of one person end of which none changes what was read. A single one that does, and
    /// all are written: what was read is not what the others find, and rows that leave no mark
    /// would be done after it when the chunk runs again.
    fn unchanged(&self, rows: &[usize]) -> Option<Vec<Ended>> {
        let (mut left, mut ended) = (rows, Vec::with_capacity(rows.len()));
        while let Some((merged, write)) = merge(self.rows, left) {
            let (these, later) = left.split_at(merged);
            let person = self.store.unchanged(&write, &self.before)?;
            let mark = self.mark(these, &write);
            // An earlier attempt at this chunk may have made it.
            let inserted = person.born == mark.stamp;
            ended.extend(self.states(these, &Arc::new(person), mark.stamp, inserted));
            left = later;
        }
        Some(ended)
    }

    async fn alone(&self, at: usize, group: &mut Group<'_>) -> Result<()> {
        let Some(passing) = self.rows.get(at) else { return Ok(()) };
        match self.write(&[at], &passing.plan.write, group).await? {
            Ok(states) => group.ended.extend(states),
            Err(refusal) => self.refused(&[at], refusal, group).await?,
        }
        Ok(())
    }

    /// One write for some rows of one person.
    async fn write(
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
        }
        group.unrecorded.clear();
        Ok(())
    }

    /// The stamp and the fence of rows: the same whenever the chunk runs again.
    fn mark(&self, rows: &[usize], write: &PersonWrite) -> Mark {
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

    async fn refused(&self, rows: &[usize], refusal: Refusal, group: &mut Group<'_>) -> Result<()> {
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
