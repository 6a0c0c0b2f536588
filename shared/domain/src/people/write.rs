//! The one place that builds a write of a person, so that no write forgets a revision.

use super::{
    EMAIL, EMAIL_AS_SENT, FENCE, FENCE_OWNER, Fence, GSID, GSID_FENCE, NamedBy, PRIMARY, SEPARATOR,
    WriteContext,
};
use crate::ids::email::Email;
use crate::objects::record::{Attributes, CREATED, UPDATED};
use crate::people::plan::PersonWrite;
use crate::values::Value;

/// What happens to one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Assignment {
    /// It gets this value; `None` is stored as NULL, which is a cleared field.
    Set(Option<Value>),
    /// It gets this value unless it has one.
    SetOnce(Value),
    /// It goes.
    Remove,
}

/// Every assignment of one upsert. `life`: the record part that a person made by it gets.
#[must_use]
pub fn build_assignments(
    write: &PersonWrite,
    by: &WriteContext,
    life: &str,
) -> Vec<(String, Assignment)> {
    let born = || Value::Text(by.created.as_str().to_owned());
    let revised = || Some(Value::Text(by.stamp.as_str().to_owned()));
    let mut list = vec![
        (CREATED.to_owned(), Assignment::SetOnce(born())),
        (UPDATED.to_owned(), Assignment::Set(revised())),
        (GSID.to_owned(), Assignment::SetOnce(Value::Text(life.to_owned()))),
    ];
    list.extend(by.fence.iter().flat_map(fence_assignments));
    list.extend(write.email.iter().flat_map(email_assignments));
    list.extend(
        write
            .primary
            .iter()
            .map(|name| (PRIMARY.to_owned(), Assignment::Set(Some(Value::Text(name.clone()))))),
    );
    list.extend(
        write.fields.iter().map(|(code, value)| (code.clone(), Assignment::Set(value.clone()))),
    );
    for association in &write.associations {
        let name = |code: &str| format!("{}{SEPARATOR}{code}", association.name);
        list.push((name(CREATED), Assignment::SetOnce(born())));
        list.extend(association.is_sent.then(|| (name(UPDATED), Assignment::Set(revised()))));
        list.extend(
            association
                .values
                .iter()
                .map(|(code, value)| (name(code), Assignment::Set(value.clone()))),
        );
    }
    list
}

/// The mark of a job's row: that of emails belongs to who lives at the place from now on.
fn fence_assignments(fence: &Fence) -> impl Iterator<Item = (String, Assignment)> {
    let set = Assignment::Set(Some(Value::Text(fence.token())));
    let owner = fence.named_by == NamedBy::Email;
    let owner = owner.then(|| (FENCE_OWNER.to_owned(), Assignment::Remove));
    [(fence.attribute().to_owned(), set)].into_iter().chain(owner)
}

/// The address: its key always, its spelling only when that differs.
fn email_assignments(email: &Email) -> [(String, Assignment); 2] {
    let text = |text: &str| Value::Text(text.to_owned());
    let spelled = match email.as_sent() == email.key() {
        true => Assignment::Remove,
        false => Assignment::Set(Some(text(email.as_sent()))),
    };
    [
        (EMAIL.to_owned(), Assignment::Set(Some(text(email.key())))),
        (EMAIL_AS_SENT.to_owned(), spelled),
    ]
}

/// Does to `attributes` what the store does with the assignments.
pub fn apply_assignments(attributes: &mut Attributes, assignments: &[(String, Assignment)]) {
    for (name, assign) in assignments {
        match assign {
            Assignment::Set(value) => _ = attributes.insert(name.clone(), value.clone()),
            Assignment::SetOnce(value) => {
                _ = attributes.entry(name.clone()).or_insert_with(|| Some(value.clone()))
            }
            Assignment::Remove => _ = attributes.remove(name),
        }
    }
}

/// Whether the assignments give an item anything new, apart from saying that it was written.
#[must_use]
pub fn would_change(attributes: &Attributes, assignments: &[(String, Assignment)]) -> bool {
    let is_mark = |name: &str| {
        let code = name.rsplit(SEPARATOR).next().unwrap_or(name);
        code == UPDATED || [FENCE, FENCE_OWNER, GSID_FENCE].contains(&name)
    };
    assignments.iter().filter(|(name, _)| !is_mark(name)).any(|(name, assign)| match assign {
        Assignment::Set(value) => attributes.get(name) != Some(value),
        Assignment::SetOnce(_) => !attributes.contains_key(name),
        Assignment::Remove => attributes.contains_key(name),
    })
}
