//! The calls of the model, the values that they name, and what an attempt at a call keeps for the
//! next one.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use people_domain::identity::{ExternalId, IdentityKind, IdentityWrite, SentEmail, WriteMode};
use people_domain::ids::email::Email;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::people::Assignment;
use people_domain::values::Value;

use super::io::Stamps;
use super::table::Item;

/// A value that every call by which a person is written sets.
pub(super) const SHARED: &str = "fn";

pub(super) const A: &str = "a@x.co";
pub(super) const B: &str = "b@x.co";

const VALUES: [(IdentityKind, &str); 7] = [
    (IdentityKind::Email, A),
    (IdentityKind::Email, B),
    (IdentityKind::Px, "1"),
    (IdentityKind::Px, "2"),
    (IdentityKind::GoSquared, "1"),
    (IdentityKind::GoSquared, "2"),
    (IdentityKind::Ptengine, "1"),
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Call {
    /// A write by an id of another system.
    Write(WriteCall),
    /// An upsert of the People API by email.
    Upsert(&'static str),
    /// A write of the People API by the GSID of the person that an earlier call wrote, with an
    /// email. Calls are numbered from 0, those of the beginning first.
    Change(usize, &'static str),
    /// Takes an id from its person.
    Release(&'static str),
    /// Erases the person that an earlier call wrote.
    Erase(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WriteCall {
    pub(super) kind: IdentityKind,
    pub(super) id: &'static str,
    pub(super) email: Option<&'static str>,
    pub(super) mode: WriteMode,
    pub(super) merges: bool,
}

impl WriteCall {
    pub(super) const fn with(self, email: &'static str) -> Call {
        Call::Write(Self { email: Some(email), ..self })
    }

    pub(super) const fn creating(self) -> Self {
        Self { mode: WriteMode::Create, ..self }
    }

    pub(super) const fn alone(self) -> Call {
        Call::Write(self)
    }
}

/// A call of a system that upserts.
pub(super) const fn by(kind: IdentityKind, id: &'static str) -> WriteCall {
    let merges = matches!(kind, IdentityKind::GoSquared);
    WriteCall { kind, id, email: None, mode: WriteMode::Upsert, merges }
}

pub(super) const fn px(id: &'static str) -> WriteCall {
    by(IdentityKind::Px, id)
}

pub(super) const fn gs(id: &'static str) -> WriteCall {
    by(IdentityKind::GoSquared, id)
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The person with this record part was written.
    Written(String),
    Refused,
    Released,
    /// Whom the call was to erase is erased, or was not there.
    Erased,
}

/// The steps that later attempts do not repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Progress {
    pub(super) stamps: Stamps,
    /// Whether the blind write failed.
    pub(super) has_missed: bool,
    /// The stamp of the incarnation that the call may create.
    pub(super) incarnation: u128,
    /// The slot of the new email, as a failed transaction found it.
    pub(super) target: Option<Arc<Item>>,
    /// The record part of the person to erase.
    pub(super) erased: Option<String>,
    /// The items at its aliases' slots by sort key, as a failed transaction found them.
    pub(super) aliases: BTreeMap<String, Arc<Item>>,
}

/// The end of an attempt.
pub(super) enum Step {
    Done(Outcome),
    Again,
}

static IDS: LazyLock<Option<TenantIds>> =
    LazyLock::new(|| TenantIds::new(&[7; 32], "QNK6ENCURXXDZW"));

static SLOTS: LazyLock<BTreeMap<(IdentityKind, &str), String>> = LazyLock::new(|| {
    let slot = |(kind, value)| tenant_ids().locator_of_identity(kind, value).as_str().to_owned();
    VALUES.into_iter().map(|value| (value, slot(value))).collect()
});

pub(super) fn tenant_ids() -> &'static TenantIds {
    IDS.as_ref().unwrap_or_else(|| unreachable!("the ids are valid"))
}

/// The slot of one of the model's values.
pub(super) fn slot_of(kind: IdentityKind, value: &str) -> String {
    let slots: &BTreeMap<(IdentityKind, &str), String> = &SLOTS;
    slots[&(kind, value)].clone()
}

pub(super) fn email_of(text: &str) -> Email {
    Email::parse(text).unwrap_or_else(|_| unreachable!("the addresses are valid"))
}

/// The attribute that a call alone sets.
pub(super) fn own_attribute(call: Call, number: usize) -> Option<String> {
    match call {
        Call::Write(write) => Some(write.kind.value_attribute(&format!("w{number}"))),
        Call::Upsert(_) | Call::Change(..) => Some(format!("w{number}")),
        Call::Release(_) | Call::Erase(_) => None,
    }
}

/// The write of a call by an id.
pub(super) fn identity_write(call: WriteCall, number: usize) -> IdentityWrite {
    let text = Value::Text(number.to_string());
    let own = own_attribute(Call::Write(call), number);
    let names = own.into_iter().chain([SHARED.to_owned()]);
    let id = ExternalId::parse(call.kind, call.id);
    IdentityWrite {
        id: id.unwrap_or_else(|| unreachable!("the ids are valid")),
        email: call.email.map(|email| SentEmail::Valid(email_of(email))),
        mode: call.mode,
        merges: call.merges,
        assignments: names.map(|name| (name, Assignment::Set(Some(text.clone())))).collect(),
    }
}
