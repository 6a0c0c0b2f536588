//! Checks that the people of a tenant and the slots of their ids fit together.

use std::collections::{BTreeMap, HashMap};

use people_domain::identity::{ExternalId, IdentityKind};
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use serde_json::Value as Json;

use crate::TestTenant;

type Item = BTreeMap<String, Json>;

/// The items of a tenant's people, by sort key.
struct PeopleItems<'i> {
    by_key: HashMap<&'i str, &'i Item>,
    ids: &'i TenantIds,
}

fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name).and_then(Json::as_str)
}

impl TestTenant {
    /// Lists what does not fit together: a value that two people hold, a value whose slot does not lead
    /// to its person, an alias that leads to nobody who holds its value. Empty if all is well.
    pub async fn find_identity_faults(&self) -> Vec<String> {
        let items = self.read_items().await;
        let by_key = items.iter().filter_map(|item| Some((text(item, "sk")?, item))).collect();
        let people = PeopleItems { by_key, ids: &self.tenant.ids };
        let mut faults = Vec::new();
        let mut holders: HashMap<(IdentityKind, &str), &str> = HashMap::new();
        // The slots that hold a value of a person.
        let mut slots: HashMap<String, &str> = HashMap::new();
        for item in items.iter().filter(|item| text(item, "g").is_some()) {
            let part = text(item, "g").unwrap_or_default();
            let held = IdentityKind::ALL
                .into_iter()
                .filter_map(|kind| Some((kind, text(item, kind.attribute())?)));
            let held: Vec<_> = held.collect();
            if held.is_empty() {
                faults.push(format!("the person {part} has no identity"));
            }
            if people.find(part) != text(item, "sk") {
                faults.push(format!("the GSID of {part} does not lead to it"));
            }
            for (kind, value) in held {
                if let Some(other) = holders.insert((kind, value), part) {
                    faults.push(format!("{kind:?} {value} is held by {other} and {part}"));
                }
                let slot = people.ids.locator_of_identity(kind, value).as_str().to_owned();
                if people.find_by_slot(&slot) != text(item, "sk") {
                    faults.push(format!("{kind:?} {value} does not lead to {part}"));
                }
                slots.insert(slot, part);
            }
        }
        let aliases = items.iter().filter_map(|item| Some((text(item, "sk")?, text(item, "at")?)));
        for (slot, part) in aliases {
            if slots.get(slot) != Some(&part) {
                faults.push(format!("the alias of {part} at {slot} has a value of nobody"));
            }
        }
        faults
    }

    /// The sort keys of the entries by which Gainsight PX users are listed.
    pub async fn read_px_user_entries(&self) -> Vec<String> {
        let mut entries = Vec::new();
        for shard in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
            let pk = people_storage::keys::px_user_partition(&self.tenant.id, shard);
            entries.extend(self.read_sort_keys(pk).await);
        }
        entries
    }
}

/// An id that a test knows to be valid.
#[must_use]
pub fn external_id(kind: IdentityKind, value: &str) -> ExternalId {
    ExternalId::parse(kind, value).expect("the id is valid")
}

impl PeopleItems<'_> {
    /// The sort key of the person with a record part: at home, where its redirect leads, or that of
    /// the person into which it was merged.
    fn find(&self, part: &str) -> Option<&str> {
        let home = Locator::from_record_part(part)?;
        let redirect = self.by_key.get(part).and_then(|item| text(item, "to"));
        let keys = [Some(home.as_str()), redirect];
        let mut items = keys.into_iter().flatten().filter_map(|key| self.by_key.get(key));
        items.find_map(|item| match (text(item, "g"), text(item, "was")) {
            (Some(found), _) if found == part => text(item, "sk"),
            (None, Some(was)) if was == part => self.find(text(item, "at")?),
            _ => None,
        })
    }

    /// The sort key of the person in a slot, or of the person that its alias names.
    fn find_by_slot(&self, slot: &str) -> Option<&str> {
        let item = self.by_key.get(slot)?;
        match text(item, "at") {
            Some(part) => self.find(part),
            None => text(item, "g").and(text(item, "sk")),
        }
    }
}
