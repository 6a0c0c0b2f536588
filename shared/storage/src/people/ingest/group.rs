//! Rows of one person go one after another, in the order of the payload; those of different
//! people at the same time (contract: jobs#order-of-rows).

use std::collections::HashMap;

use people_domain::people::row::{Row, Who};

use super::unchanged::Before;
use super::{Passing, State};

/// The place of a row among those of a call, and what became of it.
pub(super) type Ended = (usize, State);

/// The rows of one person, in order, and how far they are.
pub(super) struct Group<'g> {
    pub(super) rows: &'g [usize],
    /// The first of them, as they ended.
    pub(super) ended: Vec<Ended>,
    /// Whether the chunk's item does not tell of a row that was refused.
    pub(super) unrecorded: bool,
}

impl<'g> Group<'g> {
    pub(super) fn new(rows: &'g [usize]) -> Self {
        Self { rows, ended: Vec::with_capacity(rows.len()), unrecorded: false }
    }

    /// The rows that have not ended.
    pub(super) fn left(&self) -> &'g [usize] {
        self.rows.get(self.ended.len()..).unwrap_or_default()
    }
}

/// The rows that may go, as lists of their places: the rows of a list share a person, or an email
/// that one of them gives up, so that a later one may take it.
pub(super) fn groups(passing: &[Passing<'_>], before: &Before) -> Vec<Vec<usize>> {
    let mut groups = Groups::default();
    let free = passing.iter().enumerate().filter(|(_, passing)| passing.state.is_none());
    for (at, passing) in free {
        let former = before.former_email(&passing.plan.write);
        groups.add(at, keys(&passing.row, former));
    }
    groups.lists.retain(|list| !list.is_empty());
    groups.lists
}

#[derive(Default)]
struct Groups {
    lists: Vec<Vec<usize>>,
    by_key: HashMap<String, usize>,
}

impl Groups {
    /// A row joins the group of its first key that is known; further ones join theirs to it.
    fn add(&mut self, at: usize, keys: Vec<String>) {
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
fn keys(row: &Row<'_>, former: Option<&str>) -> Vec<String> {
    let who = match &row.who {
        Who::Gsid(gsid, _) => Some(gsid.as_str().to_owned()),
        Who::Email(email) | Who::Found(email) => Some(email.key().to_owned()),
        Who::Nobody => None,
    };
    let email = row.email.as_ref().map(|email| email.key().to_owned());
    let of_parts = row.associations().filter_map(|part| part.keys.person.as_ref());
    let of_parts = of_parts.map(|gsid| gsid.as_str().to_owned());
    let former = former.map(str::to_owned);
    let mut keys: Vec<_> = who.into_iter().chain(email).chain(former).chain(of_parts).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
