//! The write of a call whose slots were not read: most calls need no more.

use super::{IdentityCall, Precondition, PrintedEmail, SentEmail, SlotWrite, WriteMode};

/// The blind write of a call: what it assigns and requires if the slot of its id is as it most
/// often is. `None` if the slots have to be read first.
#[must_use]
pub fn plan_blind_write(call: IdentityCall<'_>, slot: &str, may_create: bool) -> Option<SlotWrite> {
    let id = call.id();
    let (kind, value) = (id.kind(), id.as_str().to_owned());
    let update = |precondition, assignments| {
        Some(SlotWrite::update(slot, precondition, assignments, call.stamp, None))
    };
    let assignments = call.write.assignments.clone();
    let of_new_person = || [call.assignments_of_new_person(), assignments.clone()].concat();
    match (&call.write.email, call.write.mode) {
        (None, WriteMode::Create) => update(Precondition::Vacant, of_new_person()),
        (None, WriteMode::Upsert) if may_create => {
            update(Precondition::HolderOrVacant(kind, value), of_new_person())
        }
        (None, _) => update(Precondition::Holder(kind, value), assignments),
        (Some(_), WriteMode::Create) => None,
        (Some(email), _) => {
            update(Precondition::HolderWithEmail(kind, value, printed_as(email)), assignments)
        }
    }
}

/// The texts of a person that prints an email: it shows it, or holds it in this spelling and shows
/// none.
fn printed_as(email: &SentEmail) -> PrintedEmail {
    match email {
        SentEmail::IllFormed(text) => PrintedEmail { shown: text.clone(), held: None },
        SentEmail::Valid(email) => {
            let spelling = (email.as_sent() != email.key()).then(|| email.as_sent().to_owned());
            PrintedEmail {
                shown: email.as_sent().to_owned(),
                held: Some((email.key().to_owned(), spelling)),
            }
        }
    }
}
