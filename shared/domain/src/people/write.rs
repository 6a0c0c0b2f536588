//! Builds the assignments of a person's write; no other module does, so that no write omits the
//! stamp.

use std::collections::BTreeSet;

use super::{
    EMAIL, EMAIL_AS_SENT, FENCE, FENCE_OWNER, Fence, GSID, GSID_FENCE, NESTED_MARK, NamedBy,
    PRIMARY, SEPARATOR, WriteContext, association_attribute, nested_mark_of,
};
use crate::ids::email::Email;
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, CREATED, UPDATED, attribute_text};
use crate::people::plan::PersonWrite;
use crate::values::Value;

/// The change of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Assignment {
    /// Sets the value; `None` is stored as NULL, which is a cleared field.
    Set(Option<Value>),
    /// Sets the value unless the attribute has one.
    SetOnce(Value),
    Remove,
}

/// All assignments of one upsert. `incarnation` is the record part of a person that it creates.
#[must_use]
pub fn build_assignments(
    write: &PersonWrite,
    context: &WriteContext,
    incarnation: &str,
) -> Vec<(String, Assignment)> {
    let created = || Value::Text(context.created.as_str().to_owned());
    let updated = || Some(Value::Text(context.stamp.as_str().to_owned()));
    let mut list = vec![
        (CREATED.to_owned(), Assignment::SetOnce(created())),
        (UPDATED.to_owned(), Assignment::Set(updated())),
        (GSID.to_owned(), Assignment::SetOnce(Value::Text(incarnation.to_owned()))),
    ];
    list.extend(context.fence.iter().flat_map(fence_assignments));
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
        let name = |code: &str| association_attribute(&association.name, code);
        list.push((name(CREATED), Assignment::SetOnce(created())));
        list.extend(association.is_sent.then(|| (name(UPDATED), Assignment::Set(updated()))));
        list.extend(
            association
                .values
                .iter()
                .map(|(code, value)| (name(code), Assignment::Set(value.clone()))),
        );
    }
    // A relationship may be nested under several companies; it has one mark.
    let names = write.associations.iter().map(|association| association.name.as_str());
    let marks: BTreeSet<_> = names.filter_map(nested_mark_of).collect();
    list.extend(marks.into_iter().map(|mark| (mark, Assignment::Set(Some(Value::Bool(true))))));
    list
}

/// All assignments of the removal of associations from a person, whose attributes are known: an
/// update can't name attributes by their prefix. Fences stay, so that a job's row that was applied
/// before is not applied again.
#[must_use]
pub fn build_removal(
    item: &Attributes,
    associations: &[String],
    stamp: Stamp,
) -> Vec<(String, Assignment)> {
    let is_removed = |name: &str| associations.iter().any(|removed| removed == name);
    let updated = Assignment::Set(Some(Value::Text(stamp.as_str().to_owned())));
    let mut list = vec![(UPDATED.to_owned(), updated)];
    if attribute_text(item, PRIMARY).is_some_and(is_removed) {
        list.push((PRIMARY.to_owned(), Assignment::Remove));
    }
    // A mark stays: the relationship may be nested under other companies too.
    let parts = item.keys().filter(|name| {
        name.split_once(SEPARATOR)
            .is_some_and(|(association, code)| is_removed(association) && code != NESTED_MARK)
    });
    list.extend(parts.map(|name| (name.clone(), Assignment::Remove)));
    list
}

/// Stores the fence token of a job's row. A token of email rows belongs to the person in the slot
/// from now on.
fn fence_assignments(fence: &Fence) -> impl Iterator<Item = (String, Assignment)> {
    let set = Assignment::Set(Some(Value::Text(fence.token())));
    let owner = fence.named_by == NamedBy::Email;
    let owner = owner.then(|| (FENCE_OWNER.to_owned(), Assignment::Remove));
    [(fence.attribute().to_owned(), set)].into_iter().chain(owner)
}

/// Sets the key of the address, and its spelling only if that differs.
pub(crate) fn email_assignments(email: &Email) -> [(String, Assignment); 2] {
    let text = |text: &str| Value::Text(text.to_owned());
    let as_sent = if email.as_sent() == email.key() {
        Assignment::Remove
    } else {
        Assignment::Set(Some(text(email.as_sent())))
    };
    [
        (EMAIL.to_owned(), Assignment::Set(Some(text(email.key())))),
        (EMAIL_AS_SENT.to_owned(), as_sent),
    ]
}

/// Applies the assignments to `attributes` as the store does.
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

/// Whether the assignments change an item, apart from its stamp and fence tokens.
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
