//! The invariants of every run of a job, each as a predicate, however its steps are interrupted,
//! repeated and interleaved with those of others.

use people_domain::response::bulk::BulkCounts;

/// An event in the history of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PersonEvent {
    /// This row of the job was written.
    RowWritten(u32),
    /// This row of the job was found to change nothing.
    RowUnchanged(u32),
    /// The outcome of this row was recorded for the caller.
    RowReported(u32),
    /// Another client's write was acknowledged.
    ClientWrote,
    /// The person was erased.
    PersonErased,
}

/// The outcome of a row as the caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ReportedOutcome {
    /// The row created its person.
    Inserted,
    /// The row changed its person, or had nothing to change.
    Updated,
    /// The row wrote nothing.
    Failed,
}

/// A chunk of a planned job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ChunkState {
    /// The outcomes of its rows, once it is settled.
    pub(crate) settled: Option<BulkCounts>,
    /// The outcomes in the results that the caller can read.
    pub(crate) results: Option<BulkCounts>,
    /// Whether its pending marker exists.
    pub(crate) is_pending: bool,
}

/// No row is written over a later one of its job, nor after one that was skipped because it would
/// have changed nothing.
pub(crate) fn rows_ascend(deeds: &[PersonEvent]) -> bool {
    let row = |deed: &PersonEvent| match deed {
        PersonEvent::RowWritten(row) | PersonEvent::RowUnchanged(row) => Some(*row),
        _ => None,
    };
    deeds.iter().filter_map(row).is_sorted()
}

/// No row is written twice: the second write could undo a write that was acknowledged in between.
pub(crate) fn no_row_twice(deeds: &[PersonEvent]) -> bool {
    let mut rows: Vec<_> = list_written_rows(deeds).collect();
    rows.sort_unstable();
    rows.windows(2).all(|pair| matches!(pair, [a, b] if a != b))
}

/// A row is not written after its outcome was reported.
pub(crate) fn reported_rows_stay_settled(deeds: &[PersonEvent]) -> bool {
    deeds.iter().enumerate().all(|(at, deed)| match deed {
        PersonEvent::RowReported(row) => {
            !list_written_rows(deeds.get(at..).unwrap_or_default()).any(|later| later == *row)
        }
        _ => true,
    })
}

/// A job that was accepted before an erasure writes nothing of the person after it.
pub(crate) fn erased_people_stay_erased(deeds: &[PersonEvent]) -> bool {
    let mut since = deeds.iter().skip_while(|deed| **deed != PersonEvent::PersonErased);
    !since.any(|deed| matches!(deed, PersonEvent::RowWritten(_)))
}

/// The reported outcome of a row is the one that happened. `existed`: whether the person existed
/// before the job.
pub(crate) fn report_is_true(
    row: u32,
    told: ReportedOutcome,
    deeds: &[PersonEvent],
    existed: bool,
) -> bool {
    let at = deeds.iter().position(|deed| *deed == PersonEvent::RowWritten(row));
    let erased = |at| deeds.iter().skip(at).any(|deed| *deed == PersonEvent::PersonErased);
    match told {
        ReportedOutcome::Inserted => at.is_some_and(|at| !person_existed_at(deeds, at, existed)),
        ReportedOutcome::Updated => match at {
            Some(at) => person_existed_at(deeds, at, existed),
            None => deeds.contains(&PersonEvent::RowUnchanged(row)),
        },
        // A later attempt finds the person erased, and with it the write of an earlier attempt.
        ReportedOutcome::Failed => at.is_none_or(erased),
    }
}

/// Whether the person existed before the event at this index.
fn person_existed_at(deeds: &[PersonEvent], at: usize, existed: bool) -> bool {
    let before = deeds.get(..at).unwrap_or_default().iter().rev();
    let mut before = before
        .filter(|deed| !matches!(deed, PersonEvent::RowUnchanged(_) | PersonEvent::RowReported(_)));
    before.next().map_or(existed, |deed| *deed != PersonEvent::PersonErased)
}

fn list_written_rows(deeds: &[PersonEvent]) -> impl Iterator<Item = u32> {
    deeds.iter().filter_map(|deed| match deed {
        PersonEvent::RowWritten(row) => Some(*row),
        _ => None,
    })
}

/// A job is not complete before each of its chunks is settled.
pub(crate) fn all_chunks_are_settled(parts: &[ChunkState]) -> bool {
    parts.iter().all(|part| part.settled.is_some())
}

/// The counts of a complete job are the sums of its chunks.
pub(crate) fn counts_are_sums(counts: BulkCounts, parts: &[ChunkState]) -> bool {
    let sum =
        parts.iter().filter_map(|part| part.settled).fold(BulkCounts::default(), |sum, part| {
            BulkCounts {
                success: sum.success + part.success,
                failure: sum.failure + part.failure,
                partial: sum.partial + part.partial,
            }
        });
    counts == sum
}

/// Every settled chunk has results, the ones that were counted.
pub(crate) fn results_are_counted(parts: &[ChunkState]) -> bool {
    parts.iter().all(|part| part.settled.is_none() || part.settled == part.results)
}

/// A complete job has no pending marker, and gets none.
pub(crate) fn no_marker_is_left(parts: &[ChunkState]) -> bool {
    !parts.iter().any(|part| part.is_pending)
}

mod tests {
    use super::*;
    use PersonEvent::{ClientWrote, PersonErased, RowUnchanged, RowWritten};

    #[test]
    fn the_order_of_deeds_tells_what_is_wrong() {
        let check = |deeds: &[PersonEvent], ascend, once, over, erased| {
            assert_eq!(rows_ascend(deeds), ascend, "{deeds:?}");
            assert_eq!(no_row_twice(deeds), once, "{deeds:?}");
            assert_eq!(reported_rows_stay_settled(deeds), over, "{deeds:?}");
            assert_eq!(erased_people_stay_erased(deeds), erased, "{deeds:?}");
        };
        check(&[], true, true, true, true);
        check(
            &[
                RowWritten(1),
                ClientWrote,
                RowWritten(2),
                PersonEvent::RowReported(2),
                PersonErased,
                ClientWrote,
            ],
            true,
            true,
            true,
            true,
        );
        check(&[RowWritten(2), RowWritten(1)], false, true, true, true);
        check(&[RowUnchanged(2), RowWritten(1)], false, true, true, true);
        check(&[RowWritten(1), ClientWrote, RowWritten(1)], true, false, true, true);
        check(
            &[RowUnchanged(1), PersonEvent::RowReported(1), ClientWrote, RowWritten(1)],
            true,
            true,
            false,
            true,
        );
        check(&[PersonErased, ClientWrote, RowWritten(1)], true, true, true, false);
    }

    #[test]
    fn what_is_told_of_a_row_depends_on_what_was_before_it() {
        let check = |deeds: &[PersonEvent], existed, told| {
            for each in
                [ReportedOutcome::Inserted, ReportedOutcome::Updated, ReportedOutcome::Failed]
            {
                assert_eq!(
                    report_is_true(1, each, deeds, existed),
                    told == each,
                    "{deeds:?} {each:?}"
                );
            }
        };
        check(&[], true, ReportedOutcome::Failed);
        check(&[RowWritten(1)], false, ReportedOutcome::Inserted);
        check(&[RowWritten(1)], true, ReportedOutcome::Updated);
        check(&[ClientWrote, RowWritten(1)], false, ReportedOutcome::Updated);
        assert!(report_is_true(1, ReportedOutcome::Failed, &[RowWritten(1), PersonErased], false));
        assert!(report_is_true(1, ReportedOutcome::Updated, &[RowUnchanged(1), ClientWrote], true));
    }
}
