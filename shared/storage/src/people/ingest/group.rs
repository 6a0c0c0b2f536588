//! Groups rows by person. Rows of one person are applied in the order of the payload, rows of
//! different people concurrently (contract: jobs#order-of-rows).

use std::collections::HashMap;

use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::row::{PersonRef, Row};

use super::prefetch::PrefetchedPeople;

/// The index of a row among those of its call, and the row's outcome.
pub(super) type IndexedOutcome = (usize, RowOutcome);

/// The rows of one person, in order, and their progress.
pub(super) struct RowGroup<'g> {
    pub(super) rows: &'g [usize],
    /// The outcomes of the first rows.
    pub(super) outcomes: Vec<IndexedOutcome>,
    /// Whether a row was refused and the chunk's item does not have that yet.
    pub(super) has_unrecorded_refusals: bool,
}

impl<'g> RowGroup<'g> {
    pub(super) fn new(rows: &'g [usize]) -> Self {
        Self { rows, outcomes: Vec::with_capacity(rows.len()), has_unrecorded_refusals: false }
    }

    /// The rows that have no outcome yet.
    pub(super) fn remaining_rows(&self) -> &'g [usize] {
        self.rows.get(self.outcomes.len()..).unwrap_or_default()
    }
}

/// The rows that have no outcome yet, as lists of their indexes. The rows of a list share a person,
/// or an email that one of them gives up and a later one may take.
pub(super) fn group_rows(
    rows: &[RowInFlight<'_>],
    prefetched: &PrefetchedPeople,
) -> Vec<Vec<usize>> {
    let mut groups = RowGrouper::default();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.outcome.is_none()) {
        let former_email = prefetched.former_email(&row.plan.write);
        groups.add_row(at, collect_person_keys(&row.parsed, former_email));
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
    /// Adds a row to the group of its first known key, and merges the groups of its other keys into
    /// that one.
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

/// The keys that name the person of a row, and the email that the row takes from it. No text is
/// both an email address and a GSID.
fn collect_person_keys(row: &Row<'_>, former_email: Option<&str>) -> Vec<String> {
    let person = match &row.person_ref {
        PersonRef::Gsid(gsid, _) => Some(gsid.as_str().to_owned()),
        PersonRef::Email(email) | PersonRef::LookedUp(email) => Some(email.key().to_owned()),
        PersonRef::Unidentified => None,
    };
    let email = row.email.as_ref().map(|email| email.key().to_owned());
    let parts = row.associations().filter_map(|part| part.ids.person.as_ref());
    let parts = parts.map(|gsid| gsid.as_str().to_owned());
    let emails = email.into_iter().chain(former_email.map(str::to_owned));
    let mut keys: Vec<_> = person.into_iter().chain(emails).chain(parts).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
