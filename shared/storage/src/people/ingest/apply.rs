//! The rows that may go: people at the same time, the rows of one person merged into one write
//! where they can be (ADR 26).

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use people_domain::fault::Fault;
use people_domain::people::plan::PersonWrite;
use people_domain::schema::metadata::Metadata;
use tokio::task::JoinHandle;

use super::group::{Ended, Group, groups};
use super::pace::Pace;
use super::unchanged::Before;
use super::{IN_FLIGHT, JobRun, Mode, Passing, State};
use crate::jobs::RowEnd;
use crate::{Refusal, Result, StoreError, TenantStore};

/// All that the groups of one call share.
pub(super) struct Batch<'b, 'm> {
    pub(super) store: &'b TenantStore,
    pub(super) rows: &'b [Passing<'m>],
    pub(super) metadata: &'b Metadata,
    pub(super) run: Option<&'b JobRun>,
    pub(super) before: Before,
}

impl TenantStore {
    /// Writes every row that has not ended yet.
    pub(super) async fn write_all_rows(
        &self,
        passing: &mut [Passing<'_>],
        metadata: &Metadata,
        run: Option<&JobRun>,
    ) -> Result<()> {
        let mut before = match passing.len() {
            0 | 1 => Before::default(),
            _ => self.read_movers(passing).await?,
        };
        let groups = groups(passing, &before);
        // A single person is written blindly: a read would cost as much as it can save.
        if groups.len() + run.map_or(0, |_| 1) > 1 {
            self.read_before(&mut before, passing, &groups).await?;
        }
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
        let mut records = Records::default();
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
                    Some((group, done)) => {
                        if self.note_written(&group.ended) {
                            trouble = records.start(self.store, self.run).await.err().or(trouble);
                        }
                        match done {
                            Ok(()) => ended.extend(group.ended),
                            Err(error) if self.run.is_none() => return Err(error),
                            Err(error) => {
                                waiting.push_front(group);
                                trouble = Some(error);
                            }
                        }
                    }
                }
            }
            match trouble {
                None => {
                    records.finish().await;
                    return Ok(ended);
                }
                // What was under way has ended by now, so that the chunk knows of it.
                Some(error) if !error.retryable() => return Err(error),
                Some(error) => pace.slow_down(error).await?,
            }
        }
    }

    /// Notes rows that are as they are to be; true when it is time to record that.
    fn note_written(&self, ended: &[Ended]) -> bool {
        let Some(run) = self.run.filter(|run| run.mode == Mode::Write) else { return false };
        let written = ended.iter().filter(|(_, state)| matches!(state, State::Written { .. }));
        written.for_each(|(at, _)| run.chunk.ended.note(*at, RowEnd::Written));
        run.chunk.ended.take_due()
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
            let written = these.iter().filter(|at| self.is_written(**at)).count();
            // An earlier attempt wrote some of them alone, so that all go alone.
            let together = written == 0 || written == merged;
            match if together {
                self.write(these, &write, group).await?
            } else {
                Err(Refusal::Erased)
            } {
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
            let mark = self.mark(these, &write);
            let person = self.store.unchanged(&write, &mark, &self.before)?;
            ended.extend(self.states(these, self.found_unchanged(person, &mark)));
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
}

/// The record of how rows ended that is being written beside further rows.
#[derive(Default)]
struct Records(Option<JoinHandle<Result<()>>>);

impl Records {
    /// Starts the next one when the one before is done.
    async fn start(&mut self, store: &TenantStore, run: Option<&JobRun>) -> Result<()> {
        self.wait().await?;
        if let Some(run) = run {
            let (store, chunk) = (store.clone(), run.chunk.clone());
            self.0 = Some(tokio::spawn(async move { store.record_ended(&chunk).await }));
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<()> {
        match self.0.take() {
            None => Ok(()),
            Some(record) => record
                .await
                .unwrap_or_else(|_| Err(StoreError::Unexpected("a record that panics".to_owned()))),
        }
    }

    /// All rows have ended: what is told of them does not depend on the record any more.
    async fn finish(mut self) {
        _ = self.wait().await;
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
