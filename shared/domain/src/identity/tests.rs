//! Plans from slots that were read in different states.

use super::*;
use crate::ids::email::Email;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::{Locator, TenantIds};
use crate::objects::record::Attributes;
use crate::people::{EMAIL, GSID};
use crate::values::Value;

/// A person with a Gainsight PX id in the slot of its email.
fn person_with_email(part: &str, email: &str, slot: &Locator) -> SeenPerson {
    let texts = [(GSID, part), (EMAIL, email), (IdentityKind::Px.attribute(), "1")];
    let item = texts.map(|(name, text)| (name.to_owned(), Some(Value::Text(text.to_owned()))));
    SeenPerson { sort_key: slot.as_str().to_owned(), item: Attributes::from(item) }
}

#[test]
fn a_person_whose_email_changed_between_two_reads_is_read_again() {
    let ids = TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap();
    let (old, new) = (Email::parse("a@x.co").unwrap(), Email::parse("b@x.co").unwrap());
    let part = TenantIds::new_incarnation(&ids.locator(&old), 1);
    let id = ExternalId::parse(IdentityKind::Px, "1").unwrap();
    let before = person_with_email(&part, old.key(), &ids.locator(&old));
    let after = person_with_email(&part, new.key(), &ids.locator(&new));
    let alias = [(crate::people::ALIAS.to_owned(), Some(Value::Text(part.clone())))].into();
    let seen = SeenSlots {
        id: SeenSlot {
            sort_key: ids.locator_of_id(&id).as_str().to_owned(),
            item: Some(alias),
            person: Some(after),
        },
        email: Some(SeenSlot {
            sort_key: before.sort_key.clone(),
            item: Some(before.item.clone()),
            person: Some(before),
        }),
        resident_email: None,
    };
    let write = IdentityWrite {
        id,
        email: Some(SentEmail::Valid(old)),
        mode: WriteMode::Upsert,
        merges: false,
        assignments: Vec::new(),
    };
    let call = IdentityCall { write: &write, stamp: Stamp::new(9), new_part: &part, ids: &ids };
    assert!(matches!(plan_identity_write(call, &seen), IdentityPlan::ReadAgain));
}
