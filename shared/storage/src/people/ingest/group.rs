//! Rows of one person go one after another, in the order of the payload; those of different
//! people at the same time (contract: jobs#order-of-rows).

use std::collections::HashMap;

use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::row::{PersonRef, Row};

use super::unchanged::PrefetchedPeople;

/// The place of a row among those of a call, and what became of it.
pub(super) type IndexedOutcome = (usize, RowOutcome);

/// The rows of one person, in order, and how far they are.
pub(super) struct RowGroup<'g> {
    pub(super) rows: &'g [usize],
    /// The first of them, as they ended.
    pub(super) outcomes: Vec<IndexedOutcome>,
    /// Whether the chunk's item does not tell of a row that was refused.
    pub(super) has_unrecorded_refusals: bool,
}

impl<'g> RowGroup<'g> {
    pub(super) fn new(rows: &'g [usize]) -> Self {
        Self { rows, outcomes: Vec::with_capacity(rows.len()), has_unrecorded_refusals: false }
    }

    /// The rows that have not ended.
    pub(super) fn remaining_rows(&self) -> &'g [usize] {
        self.rows.get(self.outcomes.len()..).unwrap_or_default()
    }
}

/// The rows that may go, as lists of their places: the rows of a list share a person, or an email
/// that one of them gives up, so that a later one may take it.
pub(super) fn group_rows(
    passing: &[RowInFlight<'_>],
    before: &PrefetchedPeople,
) -> Vec<Vec<usize>> {
    let mut groups = RowGrouper::default();
    let free = passing.iter().enumerate().filter(|(_, passing)| passing.outcome.is_none());
    for (at, passing) in free {
        let former = before.former_email(&passing.plan.write);
        groups.add_row(at, collect_person_keys(&passing.row, former));
    }
    groups.lists.retain(|list| !list.is_empty());
    groups.lists
}

#[derive(Default)]
struct RowGrouper {
    lists: Vec<Vec<usize>>,
    by_key: HashMap<String, usize>,
}

impl RowGrouper {
    /// A row joins the group of its first key that is known; further ones join theirs to it.
    fn add_row(&mut self, at: usize, keys: Vec<String>) {
        let known: Vec<_> = keys.iter().filter_map(|key| self.by_key.get(key).copied()).collect();
        let group = known.first().copied().unwrap_or_else(|| {
            self.lists.push(Vec::new());
            self.lists.len() - 1
        });
        for other in known.into_iter().filter(|other| *other != group) {
            let moved = self.lists.get_mut(other).map(std::mem::take).unwrap_or_default();
            self.by_key.values_mut().filter(|known| **known == other).for_each(|known| {
                *known = group;
            });
            if let Some(list) = self.lists.get_mut(group) {
                list.extend(moved);
                list.sort_unstable();
            }
        }
        self.by_key.extend(keys.into_iter().map(|key| (key, group)));
        if let Some(list) = self.lists.get_mut(group) {
            list.push(at);
        }
    }
}

/// The keys that name the person of a row, and the email that the row takes from it; an address and
/// a GSID never look alike.
fn collect_person_keys(row: &Row<'_>, former: Option<&str>) -> Vec<String> {
    let who = match &row.person_ref {
        PersonRef::Gsid(gsid, _) => Some(gsid.as_str().to_owned()),
        PersonRef::Email(email) | PersonRef::LookedUp(email) => Some(email.key().to_owned()),
        PersonRef::Unidentified => None,
    };
    let email = row.email.as_ref().map(|email| email.key().to_owned());
    let of_parts = row.associations().filter_map(|part| part.ids.person.as_ref());
    let of_parts = of_parts.map(|gsid| gsid.as_str().to_owned());
    let former = former.map(str::to_owned);
    let mut keys: Vec<_> = who.into_iter().chain(email).chain(former).chain(of_parts).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
