//! Finds rows that change nothing: they cost no write (ADR 26).

use people_domain::identity::{IdentityKind, PEOPLE_MARK, Precondition};
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{
    EMAIL, LEFT, NamedBy, Person, WriteContext, build_assignments, would_change,
};

use super::prefetch::PrefetchedPeople;
use crate::TenantStore;
use crate::table::keys::ItemKey;

impl TenantStore {
    /// The prefetched person, if the write would not change it. A row that an erasure forbids, or
    /// may forbid, is left for the write to refuse.
    pub(super) fn find_unchanged_person(
        &self,
        write: &PersonWrite,
        context: &WriteContext,
        prefetched: &PrefetchedPeople,
    ) -> Option<Person> {
        let key = self
            .slot_key_of_write(write, prefetched)
            .filter(|key| !prefetched.trimmed.contains(key))?;
        let item = prefetched.item_at(&key)?;
        // The marks of an email's slot are on its alias if the person is in another slot.
        let marks = self.email_slot_key(write).and_then(|key| prefetched.item_at(&key));
        let marks = marks.unwrap_or(item);
        let may_be_forbidden = context.fence.as_ref().is_some_and(|fence| {
            let by_email = fence.named_by == NamedBy::Email;
            fence.was_erased(marks) || by_email && marks.contains_key(LEFT)
        });
        if may_be_forbidden || !self.is_marked(item, &key) || !self.is_unchanged_by(write, item) {
            return None;
        }
        Person::from_attributes(item.clone(), self.ids())
    }

    /// Whether a person has the mark that the People API knows it, or needs none: another system may
    /// remove whom it made and nobody else knows.
    fn is_marked(&self, item: &Attributes, key: &ItemKey) -> bool {
        let email = attribute_text(item, EMAIL);
        let slot = email.map(|email| self.ids().locator_of_identity(IdentityKind::Email, email));
        item.contains_key(PEOPLE_MARK) || slot.is_some_and(|slot| slot.as_str() == key.sk)
    }

    pub(super) fn is_unchanged_by(&self, write: &PersonWrite, item: &Attributes) -> bool {
        let expected = match &write.person_ref {
            PersonRef::Email(email) => {
                Precondition::Holder(IdentityKind::Email, email.key().to_owned())
            }
            PersonRef::Gsid(gsid, _) => match self.ids().person_record_part(gsid) {
                Some(part) => Precondition::person_with_email(part),
                None => return false,
            },
            PersonRef::LookedUp(_) | PersonRef::Unidentified => return false,
        };
        // Neither the stamp nor the fence of a write counts as a change.
        let context = WriteContext::new(self.store.new_stamp());
        expected.matches(Some(item)) && !would_change(item, &build_assignments(write, &context, ""))
    }
}
