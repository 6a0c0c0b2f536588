//! The table of the model: items by sort key, in a form that can be compared and hashed, and the
//! application of writes, all of them or none, as the store's transaction does it.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use people_domain::identity::{Precondition, SlotChange, SlotWrite};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::Attributes;
use people_domain::people::{apply_assignments, latest_stamp};
use people_domain::values::Value;

use super::table_invariants::PeopleTable;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Item(pub(super) Attributes);

impl Eq for Item {}

impl Hash for Item {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for (name, value) in &self.0 {
            name.hash(hasher);
            match value {
                Some(Value::Text(text)) => text.hash(hasher),
                Some(Value::Bool(is)) => is.hash(hasher),
                Some(Value::Number(number)) => number.hash(hasher),
                Some(Value::List(items)) => items.hash(hasher),
                None => 0.hash(hasher),
            }
        }
    }
}

/// The items that prevented writes, by the positions of these.
pub(super) type Missed = Vec<(usize, Option<Arc<Item>>)>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Table(BTreeMap<String, Arc<Item>>);

impl Table {
    pub(super) fn get(&self, sort_key: &str) -> Option<&Arc<Item>> {
        self.0.get(sort_key)
    }

    pub(super) fn view(&self) -> PeopleTable<'_> {
        self.0.iter().map(|(key, item)| (key.as_str(), &item.0)).collect()
    }

    /// Applies all of the writes or none.
    pub(super) fn apply(
        &mut self,
        writes: &[SlotWrite],
        stamp: Stamp,
        is_ordered: bool,
    ) -> Result<(), Missed> {
        let missed: Missed = writes
            .iter()
            .enumerate()
            .filter(|(_, write)| !self.admits(write, stamp, is_ordered))
            .map(|(at, write)| (at, self.get(&write.sort_key).cloned()))
            .collect();
        if !missed.is_empty() {
            return Err(missed);
        }
        for write in writes {
            let new = match &write.change {
                SlotChange::Put(item) => item.clone(),
                SlotChange::Update(assignments) => {
                    let old = self.get(&write.sort_key);
                    let mut item = old.map(|item| item.0.clone()).unwrap_or_default();
                    apply_assignments(&mut item, assignments);
                    item
                }
            };
            if new.is_empty() {
                self.0.remove(&write.sort_key);
            } else {
                self.0.insert(write.sort_key.clone(), Arc::new(Item(new)));
            }
        }
        Ok(())
    }

    fn admits(&self, write: &SlotWrite, stamp: Stamp, is_ordered: bool) -> bool {
        let item = self.get(&write.sort_key).map(|item| &item.0);
        let is_in_order = match write.precondition {
            // The stamp of the write is later than those of the item that was read.
            Precondition::Unchanged(_) => true,
            _ => item.and_then(latest_stamp).is_none_or(|latest| latest < stamp),
        };
        (is_in_order || !is_ordered) && write.precondition.matches(item)
    }
}
