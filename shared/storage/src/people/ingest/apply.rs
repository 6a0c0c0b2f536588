//! The rows that may go: people at the same time, the rows of one person merged into one write
//! where they can be (ADR 26).

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::plan::PersonWrite;
use people_domain::schema::metadata::Metadata;
use tokio::task::JoinHandle;

use super::adaptive_concurrency::AdaptiveConcurrency;
use super::group::{IndexedOutcome, RowGroup, group_rows};
use super::unchanged::PrefetchedPeople;
use super::{ApplyMode, JobContext, PEOPLE_CONCURRENCY};
use crate::jobs::RecordedOutcome;
use crate::{Result, StoreError, TenantStore, WriteRefusal};

/// All that the groups of one call share.
pub(super) struct WriteBatch<'b, 'm> {
    pub(super) store: &'b TenantStore,
    pub(super) rows: &'b [RowInFlight<'m>],
    pub(super) metadata: &'b Metadata,
    pub(super) run: Option<&'b JobContext>,
    pub(super) prefetched: PrefetchedPeople,
}

impl TenantStore {
    /// Writes every row that has not ended yet.
    pub(super) async fn write_rows(
        &self,
        passing: &mut [RowInFlight<'_>],
        metadata: &Metadata,
        run: Option<&JobContext>,
    ) -> Result<()> {
        let mut before = match passing.len() {
            0 | 1 => PrefetchedPeople::default(),
            _ => self.prefetch_email_changes(passing).await?,
        };
        let groups = group_rows(passing, &before);
        // A single person is written blindly: a read would cost as much as it can save.
        if groups.len() + run.map_or(0, |_| 1) > 1 {
            self.prefetch_people(&mut before, passing, &groups).await?;
        }
        let batch = WriteBatch { store: self, rows: passing, metadata, run, prefetched: before };
        for (at, state) in batch.write_groups(&groups).await? {
            if let Some(passing) = passing.get_mut(at) {
                passing.outcome = Some(state);
            }
        }
        Ok(())
    }
}

impl WriteBatch<'_, '_> {
    /// The groups, many at the same time. Trouble of the store ends a call that somebody waits
    /// for; a chunk goes on more slowly where it was.
    async fn write_groups(&self, groups: &[Vec<usize>]) -> Result<Vec<IndexedOutcome>> {
        let mut pace =
            AdaptiveConcurrency::new(self.run.map_or(PEOPLE_CONCURRENCY, |run| run.in_flight));
        let mut waiting: VecDeque<_> = groups.iter().map(|rows| RowGroup::new(rows)).collect();
        let mut ended = Vec::with_capacity(self.rows.len());
        let mut records = OutcomeRecorder::default();
        loop {
            let (mut running, mut trouble) = (FuturesUnordered::new(), None);
            loop {
                while running.len() < pace.limit()
                    && trouble.is_none()
                    && let Some(group) = waiting.pop_front()
                {
                    running.push(self.catch_group_panic(group));
                }
                match running.next().await {
                    None => break,
                    Some((group, done)) => {
                        if self.note_written_rows(&group.outcomes) {
                            trouble =
                                records.start_record(self.store, self.run).await.err().or(trouble);
                        }
                        match done {
                            Ok(()) => ended.extend(group.outcomes),
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
                Some(error) if !error.is_retryable() => return Err(error),
                Some(error) => pace.back_off(error).await?,
            }
        }
    }

    /// Notes rows that are as they are to be; true when it is time to record that.
    fn note_written_rows(&self, ended: &[IndexedOutcome]) -> bool {
        let Some(run) = self.run.filter(|run| run.mode == ApplyMode::Apply) else { return false };
        let written = ended.iter().filter(|(_, state)| matches!(state, RowOutcome::Written(_)));
        written.for_each(|(at, _)| run.chunk.outcomes.add_outcome(*at, RecordedOutcome::Written));
        run.chunk.outcomes.take_record_due()
    }

    /// A panic ends the rows of one person, not those of others.
    async fn catch_group_panic<'g>(&self, mut group: RowGroup<'g>) -> (RowGroup<'g>, Result<()>) {
        let done = AssertUnwindSafe(self.write_group(&mut group)).catch_unwind().await;
        let done = done.unwrap_or_else(|_| {
            let lost = group.remaining_rows().iter().map(|at| (*at, RowOutcome::unexpected()));
            group.outcomes.extend(lost);
            Ok(())
        });
        (group, done)
    }

    /// The rows of one person, from the first that has not ended.
    async fn write_group(&self, group: &mut RowGroup<'_>) -> Result<()> {
        if group.outcomes.is_empty()
            && let Some(ended) = self.find_unchanged_rows(group.rows)
        {
            group.outcomes = ended;
            return Ok(());
        }
        while let Some((merged, write)) = merge_writes(self.rows, group.remaining_rows()) {
            let (these, _) = group.remaining_rows().split_at(merged);
            let written = these.iter().filter(|at| self.is_written(**at)).count();
            // An earlier attempt wrote some of them alone, so that all go alone.
            let together = written == 0 || written == merged;
            match if together {
                self.write_merged_rows(these, &write, group).await?
            } else {
                Err(WriteRefusal::Erased)
            } {
                Ok(states) => group.outcomes.extend(states),
                // Refused together, each row may have a reason of its own.
                Err(_) if merged > 1 => {
                    for at in these {
                        self.write_row_alone(*at, group).await?;
                    }
                }
                Err(refusal) => self.refuse_rows(these, refusal, group).await?,
            }
        }
        Ok(())
    }

    /// How rows of one person end of which none changes what was read. A single one that does, and
    /// all are written: what was read is not what the others find, and rows that leave no mark
    /// would be done after it when the chunk runs again.
    fn find_unchanged_rows(&self, rows: &[usize]) -> Option<Vec<IndexedOutcome>> {
        let (mut left, mut ended) = (rows, Vec::with_capacity(rows.len()));
        while let Some((merged, write)) = merge_writes(self.rows, left) {
            let (these, later) = left.split_at(merged);
            let mark = self.build_mark(these, &write);
            let person = self.store.find_unchanged_person(&write, &mark, &self.prefetched)?;
            ended.extend(self.split_by_row(these, self.to_unchanged_upsert(person, &mark)));
            left = later;
        }
        Some(ended)
    }

    async fn write_row_alone(&self, at: usize, group: &mut RowGroup<'_>) -> Result<()> {
        let Some(passing) = self.rows.get(at) else { return Ok(()) };
        match self.write_merged_rows(&[at], &passing.plan.write, group).await? {
            Ok(states) => group.outcomes.extend(states),
            Err(refusal) => self.refuse_rows(&[at], refusal, group).await?,
        }
        Ok(())
    }
}

/// The record of how rows ended that is being written beside further rows.
#[derive(Default)]
struct OutcomeRecorder(Option<JoinHandle<Result<()>>>);

impl OutcomeRecorder {
    /// Starts the next one when the one before is done.
    async fn start_record(&mut self, store: &TenantStore, run: Option<&JobContext>) -> Result<()> {
        self.wait_for_record().await?;
        if let Some(run) = run {
            let (store, chunk) = (store.clone(), run.chunk.clone());
            self.0 = Some(tokio::spawn(async move { store.record_outcomes(&chunk).await }));
        }
        Ok(())
    }

    async fn wait_for_record(&mut self) -> Result<()> {
        match self.0.take() {
            None => Ok(()),
            Some(record) => record
                .await
                .unwrap_or_else(|_| Err(StoreError::Unexpected("a record that panics".to_owned()))),
        }
    }

    /// All rows have ended: what is told of them does not depend on the record any more.
    async fn finish(mut self) {
        _ = self.wait_for_record().await;
    }
}

/// How many of the first rows of a group can be written at once, and that write.
pub(super) fn merge_writes(
    rows: &[RowInFlight<'_>],
    group: &[usize],
) -> Option<(usize, PersonWrite)> {
    let mut writes = group.iter().filter_map(|at| Some(&rows.get(*at)?.plan.write));
    let mut write = writes.next()?.clone();
    let mut merged = 1;
    for later in writes {
        if !write.can_absorb(later) {
            break;
        }
        write.absorb(later.clone());
        merged += 1;
    }
    Some((merged, write))
}
