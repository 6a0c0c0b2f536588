//! The one place that builds a write of a person, so that no write forgets a revision.

use super::{
    EMAIL, EMAIL_AS_SENT, FENCE, FENCE_OWNER, Fence, GSID, GSID_FENCE, Mark, Named, PRIMARY,
    SEPARATOR,
};
use crate::ids::email::Email;
use crate::objects::record::{Attributes, BORN, REVISED};
use crate::people::plan::PersonWrite;
use crate::values::Value;

/// What happens to one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Assign {
    /// It gets this value; `None` is stored as NULL, which is a cleared field.
    Set(Option<Value>),
    /// It gets this value unless it has one.
    Once(Value),
    /// It goes.
    Remove,
}

/// Every assignment of one upsert. `life`: the record part that a person made by it gets.
#[must_use]
pub fn assignments(write: &PersonWrite, by: &Mark, life: &str) -> Vec<(String, Assign)> {
    let born = || Value::Text(by.born.as_str().to_owned());
    let revised = || Some(Value::Text(by.stamp.as_str().to_owned()));
    let mut list = vec![
        (BORN.to_owned(), Assign::Once(born())),
        (REVISED.to_owned(), Assign::Set(revised())),
        (GSID.to_owned(), Assign::Once(Value::Text(life.to_owned()))),
    ];
    list.extend(by.fence.iter().flat_map(mark));
    list.extend(write.email.iter().flat_map(email));
    list.extend(
        write
            .primary
            .iter()
            .map(|name| (PRIMARY.to_owned(), Assign::Set(Some(Value::Text(name.clone()))))),
    );
    list.extend(
        write.fields.iter().map(|(code, value)| (code.clone(), Assign::Set(value.clone()))),
    );
    for association in &write.associations {
        let name = |code: &str| format!("{}{SEPARATOR}{code}", association.name);
        list.push((name(BORN), Assign::Once(born())));
        list.extend(association.touched.then(|| (name(REVISED), Assign::Set(revised()))));
        list.extend(
            association.values.iter().map(|(code, value)| (name(code), Assign::Set(value.clone()))),
        );
    }
    list
}

/// The mark of a job's row: that of emails belongs to who lives at the place from now on.
fn mark(fence: &Fence) -> impl Iterator<Item = (String, Assign)> {
    let set = Assign::Set(Some(Value::Text(fence.mark())));
    let owner = fence.named == Named::ByEmail;
    let owner = owner.then(|| (FENCE_OWNER.to_owned(), Assign::Remove));
    [(fence.attribute().to_owned(), set)].into_iter().chain(owner)
}

/// The address: its key always, its spelling only when that differs.
fn email(email: &Email) -> [(String, Assign); 2] {
    let text = |text: &str| Value::Text(text.to_owned());
    let spelled = match email.as_sent() == email.key() {
        true => Assign::Remove,
        false => Assign::Set(Some(text(email.as_sent()))),
    };
    [(EMAIL.to_owned(), Assign::Set(Some(text(email.key())))), (EMAIL_AS_SENT.to_owned(), spelled)]
}

/// Does to `attributes` what the store does with the assignments.
pub fn apply(attributes: &mut Attributes, assignments: &[(String, Assign)]) {
    for (name, assign) in assignments {
        match assign {
            Assign::Set(value) => _ = attributes.insert(name.clone(), value.clone()),
            Assign::Once(value) => {
                _ = attributes.entry(name.clone()).or_insert_with(|| Some(value.clone()))
            }
            Assign::Remove => _ = attributes.remove(name),
        }
    }
}

/// Whether the assignments give an item anything new, apart from saying that it was written.
#[must_use]
pub fn changes(attributes: &Attributes, assignments: &[(String, Assign)]) -> bool {
    let is_mark = |name: &str| {
        let code = name.rsplit(SEPARATOR).next().unwrap_or(name);
        code == REVISED || [FENCE, FENCE_OWNER, GSID_FENCE].contains(&name)
    };
    assignments.iter().filter(|(name, _)| !is_mark(name)).any(|(name, assign)| match assign {
        Assign::Set(value) => attributes.get(name) != Some(value),
        Assign::Once(_) => !attributes.contains_key(name),
        Assign::Remove => attributes.contains_key(name),
    })
}
