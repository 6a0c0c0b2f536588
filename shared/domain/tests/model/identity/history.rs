//! The events of a run of the model that invariants depend on.

use std::collections::{BTreeMap, BTreeSet};

use people_domain::identity::{MERGED_FROM, SlotChange, SlotWrite};
use people_domain::objects::record::attribute_text;
use people_domain::people::{ALIAS, ERASED_GSID, GSID, Slot};

use super::Scenario;
use super::calls::{Call, Outcome, own_attribute};
use super::table::Table;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum CallState {
    Waiting,
    /// Holds the calls that had been answered before it began, a bit each.
    Begun(u16),
    Ended {
        after: u16,
        outcome: Outcome,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct History {
    /// The calls by their numbers.
    pub(super) calls: Vec<CallState>,
    /// The record parts of merged people, and those of the people into which they were merged.
    merged: BTreeMap<String, String>,
    /// The record parts of erased people, and the calls that erased them.
    pub(super) erased: BTreeMap<String, usize>,
    /// The calls whose values a release took from a person.
    pub(super) released: BTreeSet<usize>,
}

impl History {
    pub(super) fn new(calls: usize) -> Self {
        Self {
            calls: vec![CallState::Waiting; calls],
            merged: BTreeMap::new(),
            erased: BTreeMap::new(),
            released: BTreeSet::new(),
        }
    }

    pub(super) fn begin(&mut self, number: usize) {
        let ended = |(_, call): &(usize, &CallState)| matches!(call, CallState::Ended { .. });
        let ended = self.calls.iter().enumerate().filter(ended);
        self.calls[number] = CallState::Begun(ended.map(|(at, _)| 1 << at).sum());
    }

    pub(super) fn end(&mut self, number: usize, outcome: Outcome) {
        if let CallState::Begun(after) = self.calls[number] {
            self.calls[number] = CallState::Ended { after, outcome };
        }
    }

    /// The record part of the person that a call wrote.
    pub(super) fn part(&self, number: usize) -> Option<&str> {
        match &self.calls[number] {
            CallState::Ended { outcome: Outcome::Written(part), .. } => Some(part),
            _ => None,
        }
    }

    /// The record part that a person has after all merges.
    pub(super) fn merged_part<'h>(&'h self, mut part: &'h str) -> &'h str {
        while let Some(into) = self.merged.get(part) {
            part = into;
        }
        part
    }

    /// Records what applied writes did.
    pub(super) fn record(
        &mut self,
        number: usize,
        scenario: &Scenario,
        before: &Table,
        writes: &[SlotWrite],
    ) {
        for (at, write) in writes.iter().enumerate() {
            let SlotChange::Put(item) = &write.change else { continue };
            let old = before.get(&write.sort_key).map(|item| &item.0);
            if let (Some(was), Some(into)) =
                (attribute_text(item, MERGED_FROM), attribute_text(item, ALIAS))
            {
                self.merged.insert(was.to_owned(), into.to_owned());
            }
            let was_here = old.and_then(|old| match Slot::parse(old) {
                Slot::Person { part, .. } => Some(part),
                _ => None,
            });
            let is_gone = attribute_text(item, GSID).is_none() && item.get(ALIAS).is_none();
            let is_erased = item.is_empty() || attribute_text(item, ERASED_GSID) == was_here;
            if let Some(part) = was_here.filter(|_| at == 0 && is_gone && is_erased) {
                self.erased.insert(part.to_owned(), number);
            }
        }
        if let (Call::Release(_), Some(write)) = (scenario.call(number), writes.first())
            && let SlotChange::Update(_) = write.change
            && let Some(old) = before.get(&write.sort_key)
        {
            let has_value = |number: &usize| {
                let name = own_attribute(scenario.call(*number), *number);
                name.is_some_and(|name| name.starts_with("X|") && old.0.contains_key(&name))
            };
            self.released.extend((0..self.calls.len()).filter(has_value));
        }
    }
}
