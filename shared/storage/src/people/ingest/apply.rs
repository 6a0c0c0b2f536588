//! Writes the rows that were not refused: people concurrently, the rows of one person merged into
//! one write where possible (ADR 26).

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use people_domain::people::AssociationIndexes;
use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::plan::PersonWrite;
use people_domain::schema::metadata::Metadata;
use tokio::task::JoinHandle;

use super::adaptive_concurrency::AdaptiveConcurrency;
use super::group::{IndexedOutcome, RowGroup, group_rows};
use super::prefetch::PrefetchedPeople;
use super::write::to_unchanged_upsert;
use super::{ApplyMode, JobContext, PEOPLE_CONCURRENCY};
use crate::jobs::RecordedOutcome;
use crate::people::UpsertOutcome;
use crate::{Result, StoreError, TenantStore, WriteRefusal};

/// The data that all groups of one call share.
pub(super) struct WriteBatch<'b, 'm> {
    pub(super) store: &'b TenantStore,
    pub(super) rows: &'b [RowInFlight<'m>],
    pub(super) metadata: &'b Metadata,
    pub(super) job: Option<&'b JobContext>,
    pub(super) prefetched: PrefetchedPeople,
    /// Whether a row has an association that belongs to an index, so that people are read before
    /// they are written.
    pub(super) has_indexed_associations: bool,
}

impl TenantStore {
    /// Writes every row that has no outcome yet.
    pub(super) async fn write_rows(
        &self,
        rows: &mut [RowInFlight<'_>],
        metadata: &Metadata,
        job: Option<&JobContext>,
    ) -> Result<()> {
        let mut prefetched = match rows.len() {
            0 | 1 => PrefetchedPeople::default(),
            _ => self.prefetch_email_changes(rows).await?,
        };
        let groups = group_rows(rows, &prefetched);
        let indexes = AssociationIndexes::from_metadata(metadata);
        let has_indexed_associations = !indexes.is_empty()
            && rows
                .iter()
                .flat_map(|row| &row.plan.write.associations)
                .any(|association| indexes.includes(&association.name, self.ids()));
        // A single person is written blindly: a read would cost as much as it can save.
        if groups.len() > 1 || job.is_some() && !groups.is_empty() {
            self.prefetch_people(&mut prefetched, rows, &groups, has_indexed_associations).await?;
        }
        let batch =
            WriteBatch { store: self, rows, metadata, job, prefetched, has_indexed_associations };
        for (at, outcome) in batch.write_groups(&groups).await? {
            if let Some(row) = rows.get_mut(at) {
                row.outcome = Some(outcome);
            }
        }
        Ok(())
    }
}

impl WriteBatch<'_, '_> {
    /// Writes the groups, many at the same time. An error of the store ends a synchronous call; a
    /// chunk continues with its remaining groups at a lower concurrency.
    async fn write_groups(&self, groups: &[Vec<usize>]) -> Result<Vec<IndexedOutcome>> {
        let mut concurrency =
            AdaptiveConcurrency::new(self.job.map_or(PEOPLE_CONCURRENCY, |job| job.in_flight));
        let mut waiting: VecDeque<_> = groups.iter().map(|rows| RowGroup::new(rows)).collect();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        let mut recorder = OutcomeRecorder::default();
        loop {
            let (mut running, mut failure) = (FuturesUnordered::new(), None);
            loop {
                while running.len() < concurrency.limit()
                    && failure.is_none()
                    && let Some(group) = waiting.pop_front()
                {
                    running.push(self.catch_group_panic(group));
                }
                match running.next().await {
                    None => break,
                    Some((group, result)) => {
                        if self.note_written_rows(&group.outcomes) {
                            failure =
                                recorder.start_record(self.store, self.job).await.err().or(failure);
                        }
                        match result {
                            Ok(()) => outcomes.extend(group.outcomes),
                            Err(error) if self.job.is_none() => return Err(error),
                            Err(error) => {
                                waiting.push_front(group);
                                failure = Some(error);
                            }
                        }
                    }
                }
            }
            match failure {
                None => {
                    recorder.finish().await;
                    return Ok(outcomes);
                }
                // All running groups have ended, so their outcomes are noted in the chunk.
                Some(error) if !error.is_retryable() => return Err(error),
                Some(error) => concurrency.back_off(error).await?,
            }
        }
    }

    /// Notes written rows in the chunk; true when a record of them is due.
    fn note_written_rows(&self, outcomes: &[IndexedOutcome]) -> bool {
        let Some(job) = self.job.filter(|job| job.mode == ApplyMode::Apply) else { return false };
        let written =
            outcomes.iter().filter(|(_, outcome)| matches!(outcome, RowOutcome::Written(_)));
        written.for_each(|(at, _)| job.chunk.outcomes.add_outcome(*at, RecordedOutcome::Written));
        job.chunk.outcomes.take_record_due()
    }

    /// Writes a group. A panic fails the rows of this person alone.
    async fn catch_group_panic<'g>(&self, mut group: RowGroup<'g>) -> (RowGroup<'g>, Result<()>) {
        let result = AssertUnwindSafe(self.write_group(&mut group)).catch_unwind().await;
        let result = result.unwrap_or_else(|_| {
            let lost = group.remaining_rows().iter().map(|at| (*at, RowOutcome::unexpected()));
            group.outcomes.extend(lost);
            Ok(())
        });
        (group, result)
    }

    /// Writes the rows of one person, from the first that has no outcome.
    async fn write_group(&self, group: &mut RowGroup<'_>) -> Result<()> {
        if group.outcomes.is_empty()
            && let Some(outcomes) = self.find_unchanged_rows(group.rows)
        {
            group.outcomes = outcomes;
            return Ok(());
        }
        while let Some((merged, write)) = merge_writes(self.rows, group.remaining_rows()) {
            let (rows, _) = group.remaining_rows().split_at(merged);
            let written = rows.iter().filter(|at| self.is_written(**at)).count();
            // When an earlier attempt wrote some of the rows one by one, all are written so.
            let may_merge = written == 0 || written == merged;
            let outcome = if may_merge {
                self.write_merged_rows(rows, &write, group).await?
            } else {
                UpsertOutcome::Refused(WriteRefusal::Erased)
            };
            match outcome {
                // Each row of a refused merge may have a reason of its own.
                UpsertOutcome::Refused(_) if merged > 1 => {
                    for at in rows {
                        self.write_single_row(*at, group).await?;
                    }
                }
                outcome => self.end_rows(rows, outcome, group).await?,
            }
        }
        Ok(())
    }

    /// The outcomes of rows of one person when none of them changes the prefetched person. If a
    /// single row changes it, all rows are written: the others find another person than was read,
    /// and rows that leave no mark would be applied after the change when the chunk runs again.
    fn find_unchanged_rows(&self, rows: &[usize]) -> Option<Vec<IndexedOutcome>> {
        let (mut rest, mut outcomes) = (rows, Vec::with_capacity(rows.len()));
        while let Some((merged, write)) = merge_writes(self.rows, rest) {
            let (rows, later) = rest.split_at(merged);
            let context = self.build_write_context(rows, &write);
            let person = self.store.find_unchanged_person(&write, &context, &self.prefetched)?;
            outcomes.extend(self.split_by_row(rows, to_unchanged_upsert(person, &context)));
            rest = later;
        }
        Some(outcomes)
    }

    async fn write_single_row(&self, at: usize, group: &mut RowGroup<'_>) -> Result<()> {
        let Some(row) = self.rows.get(at) else { return Ok(()) };
        let outcome = self.write_merged_rows(&[at], &row.plan.write, group).await?;
        self.end_rows(&[at], outcome, group).await
    }

    /// Adds the outcome of a write to each of its rows.
    async fn end_rows(
        &self,
        rows: &[usize],
        outcome: UpsertOutcome,
        group: &mut RowGroup<'_>,
    ) -> Result<()> {
        match outcome {
            UpsertOutcome::Written(upserted) => {
                group.outcomes.extend(self.split_by_row(rows, upserted));
                Ok(())
            }
            UpsertOutcome::Refused(refusal) => self.refuse_rows(rows, refusal, group).await,
        }
    }
}

/// Records row outcomes in the chunk's item while further rows are written.
#[derive(Default)]
struct OutcomeRecorder(Option<JoinHandle<Result<()>>>);

impl OutcomeRecorder {
    /// Starts a record when the previous one is written.
    async fn start_record(&mut self, store: &TenantStore, job: Option<&JobContext>) -> Result<()> {
        self.wait_for_record().await?;
        if let Some(job) = job {
            let (store, chunk) = (store.clone(), job.chunk.clone());
            self.0 = Some(tokio::spawn(async move { store.record_outcomes(&chunk).await }));
        }
        Ok(())
    }

    async fn wait_for_record(&mut self) -> Result<()> {
        match self.0.take() {
            None => Ok(()),
            // The panic's message is dropped, because it may quote a value.
            Some(record) => record.await.unwrap_or_else(|_| {
                Err(StoreError::Unexpected("the record of row outcomes panicked".to_owned()))
            }),
        }
    }

    /// Waits for the last record and ignores its result: all rows have ended, so their answers no
    /// longer depend on it.
    async fn finish(mut self) {
        _ = self.wait_for_record().await;
    }
}

/// The number of leading rows of a group that fit into one write, and that write.
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
