//! What must hold of every run of a job, however its steps are cut off, repeated and mixed with
//! what others do, each as a predicate: for tests and for the model of the machine.

use crate::response::bulk::Counts;

/// What happened to one person, told one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// This row of the job was written.
    Row(u32),
    /// This row of the job was found to change nothing.
    Same(u32),
    /// What became of this row was recorded for the caller.
    Told(u32),
    /// Another client's write was acknowledged.
    Client,
    /// The person was erased.
    Erasure,
}

/// What the caller is told of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Told {
    /// It made its person.
    Inserted,
    /// It changed its person, or had nothing to change.
    Updated,
    /// It did nothing.
    Failed,
}

/// A chunk of a planned job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// How its rows ended, once it is settled.
    pub settled: Option<Counts>,
    /// How they ended by the results that the caller can read.
    pub results: Option<Counts>,
    /// Whether its marker says that it is to be done.
    pub todo: bool,
}

/// No row is written over a later one of its job, nor after one that was left because it would
/// have changed nothing.
#[must_use]
pub fn rows_ascend(deeds: &[Deed]) -> bool {
    let row = |deed: &Deed| match deed {
        Deed::Row(row) | Deed::Same(row) => Some(*row),
        _ => None,
    };
    deeds.iter().filter_map(row).is_sorted()
}

/// No row is written again, so that none undoes what others were told is done since.
#[must_use]
pub fn no_row_twice(deeds: &[Deed]) -> bool {
    let mut rows: Vec<_> = written(deeds).collect();
    rows.sort_unstable();
    rows.windows(2).all(|pair| matches!(pair, [a, b] if a != b))
}

/// Once the caller was told of a row, it is not written any more.
#[must_use]
pub fn what_is_told_is_over(deeds: &[Deed]) -> bool {
    deeds.iter().enumerate().all(|(at, deed)| match deed {
        Deed::Told(row) => !written(deeds.get(at..).unwrap_or_default()).any(|later| later == *row),
        _ => true,
    })
}

/// A job that was accepted before an erasure writes nothing of the person after it.
#[must_use]
pub fn the_erased_stay_erased(deeds: &[Deed]) -> bool {
    let mut since = deeds.iter().skip_while(|deed| **deed != Deed::Erasure);
    !since.any(|deed| matches!(deed, Deed::Row(_)))
}

/// What the caller is told of a row is what happened. `existed`: the person, before the job.
#[must_use]
pub fn told_is_true(row: u32, told: Told, deeds: &[Deed], existed: bool) -> bool {
    let at = deeds.iter().position(|deed| *deed == Deed::Row(row));
    let erased = |at| deeds.iter().skip(at).any(|deed| *deed == Deed::Erasure);
    match told {
        Told::Inserted => at.is_some_and(|at| !stands(deeds, at, existed)),
        Told::Updated => match at {
            Some(at) => stands(deeds, at, existed),
            None => deeds.contains(&Deed::Same(row)),
        },
        // A later attempt finds that the person is gone, and with it what an earlier one did.
        Told::Failed => at.is_none_or(erased),
    }
}

/// Whether the person was there before the deed at this place.
fn stands(deeds: &[Deed], at: usize, existed: bool) -> bool {
    let before = deeds.get(..at).unwrap_or_default().iter().rev();
    let mut before = before.filter(|deed| !matches!(deed, Deed::Same(_) | Deed::Told(_)));
    before.next().map_or(existed, |deed| *deed != Deed::Erasure)
}

fn written(deeds: &[Deed]) -> impl Iterator<Item = u32> {
    deeds.iter().filter_map(|deed| match deed {
        Deed::Row(row) => Some(*row),
        _ => None,
    })
}

/// A job is not complete before each of its chunks is settled.
#[must_use]
pub fn all_is_settled(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.settled.is_some())
}

/// What a complete job counts is what its chunks count.
#[must_use]
pub fn counts_are_sums(counts: Counts, parts: &[Part]) -> bool {
    let sum =
        parts.iter().filter_map(|part| part.settled).fold(Counts::default(), |sum, part| Counts {
            success: sum.success + part.success,
            failure: sum.failure + part.failure,
            partial: sum.partial + part.partial,
        });
    counts == sum
}

/// Every settled chunk has results, and they are those that were counted.
#[must_use]
pub fn results_are_counted(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.settled.is_none() || part.settled == part.results)
}

/// A complete job has no marker left, nor gets one.
#[must_use]
pub fn no_marker_is_left(parts: &[Part]) -> bool {
    !parts.iter().any(|part| part.todo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Deed::{Client, Erasure, Row, Same};

    #[test]
    fn the_order_of_deeds_tells_what_is_wrong() {
        let check = |deeds: &[Deed], ascend, once, over, erased| {
            assert_eq!(rows_ascend(deeds), ascend, "{deeds:?}");
            assert_eq!(no_row_twice(deeds), once, "{deeds:?}");
            assert_eq!(what_is_told_is_over(deeds), over, "{deeds:?}");
            assert_eq!(the_erased_stay_erased(deeds), erased, "{deeds:?}");
        };
        check(&[], true, true, true, true);
        check(&[Row(1), Client, Row(2), Deed::Told(2), Erasure, Client], true, true, true, true);
        check(&[Row(2), Row(1)], false, true, true, true);
        check(&[Same(2), Row(1)], false, true, true, true);
        check(&[Row(1), Client, Row(1)], true, false, true, true);
        check(&[Same(1), Deed::Told(1), Client, Row(1)], true, true, false, true);
        check(&[Erasure, Client, Row(1)], true, true, true, false);
    }

    #[test]
    fn what_is_told_of_a_row_depends_on_what_was_before_it() {
        let check = |deeds: &[Deed], existed, told| {
            for each in [Told::Inserted, Told::Updated, Told::Failed] {
                assert_eq!(
                    told_is_true(1, each, deeds, existed),
                    told == each,
                    "{deeds:?} {each:?}"
                );
            }
        };
        check(&[], true, Told::Failed);
        check(&[Row(1)], false, Told::Inserted);
        check(&[Row(1)], true, Told::Updated);
        check(&[Client, Row(1)], false, Told::Updated);
        assert!(told_is_true(1, Told::Failed, &[Row(1), Erasure], false));
        assert!(told_is_true(1, Told::Updated, &[Same(1), Client], true));
    }
}
