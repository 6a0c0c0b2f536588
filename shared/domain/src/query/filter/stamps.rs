//! Filters on CreatedDate and ModifiedDate, which are kept as stamps.

use std::ops::Bound;

use super::{Comparison, Filter};
use crate::ids::stamp::Stamp;
use crate::query::condition::ConditionTest;
use crate::query::scalar::Scalar;
use crate::values::Value;

/// The last time that a stamp can hold is in the year 5600; later bounds count as this one.
const MILLIS_MAX: i64 = 110_000_000_000_000;

/// The times that pass a test, both ends included.
struct MillisRange {
    from: Option<i64>,
    to: Option<i64>,
}

/// A filter on the attribute with the stamp; `None` if the test has no such form.
pub(super) fn filter_stamp(test: &ConditionTest, name: &str) -> Option<Filter> {
    let ranges = millis_ranges(test)?;
    Some(Filter::any(ranges.iter().map(|range| range.filter_both_ends(name)).collect()))
}

/// A filter on the stamp of a person's last write that lets through whoever has an association that
/// passes the test on its creation or last write: a write of an association is one of the person.
/// There is no such filter for upper bounds. The creation of an association may be older than that
/// of its person: a row of a job keeps the stamp of its chunk's first attempt.
pub(super) fn filter_stamp_of_person(test: &ConditionTest, name: &str) -> Option<Filter> {
    let ranges = millis_ranges(test)?;
    let from = ranges.iter().map(|range| range.from).min()??;
    Some(Filter::Compare(name.to_owned(), Comparison::GreaterOrEqual, stamp_value(from)))
}

fn millis_ranges(test: &ConditionTest) -> Option<Vec<MillisRange>> {
    match test {
        ConditionTest::Between(from, to) => {
            let from = match from {
                Bound::Included(scalar) => Some(millis(scalar)?),
                Bound::Excluded(scalar) => Some(millis(scalar)? + 1),
                Bound::Unbounded => None,
            };
            let to = match to {
                Bound::Included(scalar) => Some(millis(scalar)?),
                Bound::Excluded(scalar) => Some(millis(scalar)? - 1),
                Bound::Unbounded => None,
            };
            Some(vec![MillisRange { from, to }])
        }
        ConditionTest::Equal(wanted) if !wanted.null && !wanted.scalars.is_empty() => {
            let single = |scalar| {
                let millis = millis(scalar)?;
                Some(MillisRange { from: Some(millis), to: Some(millis) })
            };
            wanted.scalars.iter().map(single).collect()
        }
        _ => None,
    }
}

fn millis(scalar: &Scalar) -> Option<i64> {
    match scalar {
        Scalar::Number(number) => Some(number.to_i64()?.clamp(-1, MILLIS_MAX)),
        _ => None,
    }
}

impl MillisRange {
    fn filter_both_ends(&self, name: &str) -> Filter {
        let compare =
            |comparison, millis| Filter::Compare(name.to_owned(), comparison, stamp_value(millis));
        let from = self.from.map(|from| compare(Comparison::GreaterOrEqual, from));
        // The first stamp after the last millisecond.
        let to = self.to.map(|to| compare(Comparison::Less, to + 1));
        Filter::all(from.into_iter().chain(to).collect())
    }
}

fn stamp_value(millis: i64) -> Value {
    Value::Text(Stamp::from_millis(millis).as_str().to_owned())
}
