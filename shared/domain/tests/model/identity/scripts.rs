//! The calls that are explored together: each line of the contract's table of an id and an email
//! meets competitors, and so do the merge, the release, and a resident that moves out.

use people_domain::identity::IdentityKind;

use super::calls::{A, B, Call, by, gs, px};

#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    /// Calls that are done when the others begin.
    pub(super) beginning: &'static [Call],
    /// The calls of each caller, in sequence.
    pub(super) callers: &'static [&'static [Call]],
}

const fn script(beginning: &'static [Call], callers: &'static [&'static [Call]]) -> Script {
    Script { beginning, callers }
}

const PX1: Call = px("1").alone();
const PX1_A: Call = px("1").with(A);
const PX1_B: Call = px("1").with(B);
const PX2_A: Call = px("2").with(A);
const GS1: Call = gs("1").alone();
const GS1_A: Call = gs("1").with(A);
const GS1_B: Call = gs("1").with(B);
const PT1: Call = by(IdentityKind::Ptengine, "1").alone();
const CREATE_PX1: Call = px("1").creating().alone();
const CREATE_PX1_A: Call = px("1").creating().with(A);
const UPSERT_A: Call = Call::Upsert(A);
const UPSERT_B: Call = Call::Upsert(B);
const RELEASE_1: Call = Call::Release("1");

/// An id and an email of which neither is known.
pub(super) const NEW: &[Script] = &[
    script(&[], &[&[CREATE_PX1_A], &[UPSERT_A]]),
    script(&[], &[&[CREATE_PX1_A], &[PX2_A]]),
    script(&[], &[&[CREATE_PX1_A], &[CREATE_PX1_A]]),
    script(&[], &[&[CREATE_PX1], &[PX1_A]]),
    script(&[], &[&[PX1_A], &[PX1_B]]),
    script(&[], &[&[PX1_A], &[GS1_A]]),
    script(&[], &[&[PT1], &[PT1]]),
    script(&[PT1], &[&[PT1], &[Call::Erase(0)]]),
    script(&[], &[&[CREATE_PX1, Call::Erase(0)], &[PX1]]),
    script(&[], &[&[CREATE_PX1_A, RELEASE_1], &[PX1_A]]),
];

/// Known people take ids and emails.
pub(super) const TAKEN: &[Script] = &[
    script(&[UPSERT_A], &[&[PX1_A], &[PX2_A]]),
    script(&[UPSERT_A], &[&[PX1_A], &[GS1_A]]),
    script(&[UPSERT_A], &[&[PX1_A], &[Call::Change(0, B)]]),
    script(&[UPSERT_A], &[&[PX1_A], &[Call::Erase(0), UPSERT_A]]),
    script(&[UPSERT_A], &[&[Call::Change(0, B), Call::Change(0, A)], &[PX1_A]]),
    script(&[PX1], &[&[PX1_A], &[UPSERT_A]]),
    script(&[PX1_A], &[&[PX1_B], &[UPSERT_B]]),
    script(&[PX1_A], &[&[PX1_B], &[UPSERT_A]]),
    script(&[PX1_A], &[&[Call::Change(0, B)], &[PX2_A]]),
    script(&[PX1_A], &[&[Call::Change(0, B)], &[UPSERT_A]]),
    script(&[PX1_A], &[&[Call::Erase(0)], &[PX1_B]]),
    script(&[UPSERT_A, PX1_A], &[&[Call::Change(0, B)], &[PX1_A]]),
];

/// A person of GoSquared alone is merged into that of an email.
pub(super) const MERGED: &[Script] = &[
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[GS1]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[GS1_A]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[PX1_A]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[Call::Erase(0)]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[Call::Erase(1)]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[Call::Change(0, B)]]),
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[gs("2").with(A)]]),
    script(&[UPSERT_A, GS1, gs("2").alone()], &[&[GS1_A], &[gs("2").with(A)]]),
    script(&[UPSERT_A, UPSERT_B, GS1], &[&[GS1_A], &[GS1_B]]),
    script(&[PX1_A, GS1], &[&[GS1_A], &[RELEASE_1]]),
];

/// An id is taken from its person, and given again.
pub(super) const RELEASED: &[Script] = &[
    script(&[CREATE_PX1_A], &[&[RELEASE_1], &[UPSERT_A]]),
    script(&[CREATE_PX1_A], &[&[RELEASE_1], &[GS1_A]]),
    script(&[CREATE_PX1], &[&[RELEASE_1], &[PX1_A]]),
    script(&[CREATE_PX1_A], &[&[RELEASE_1, CREATE_PX1_A], &[PX1_A]]),
    script(&[UPSERT_A, PX1_A], &[&[RELEASE_1], &[PX1_A]]),
    script(&[UPSERT_A, PX1_A], &[&[RELEASE_1], &[Call::Change(0, B)]]),
    script(&[PX1_A, GS1_A], &[&[RELEASE_1], &[PX1_B]]),
    script(&[PX1_A, GS1_A, RELEASE_1], &[&[PX1_B], &[PX2_A]]),
    script(&[PX1_A, GS1_A, RELEASE_1], &[&[PX1], &[Call::Change(0, B)]]),
];

/// A person lives in the slot of an id that another person is to have.
pub(super) const RESIDENT: &[Script] = &[
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1], &[UPSERT_A]]),
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1], &[CREATE_PX1]]),
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1], &[Call::Change(0, B)]]),
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1_B], &[Call::Erase(0)]]),
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1_A], &[Call::Release("2")]]),
];

/// Three callers.
pub(super) const TRIPLES: &[Script] = &[
    script(&[UPSERT_A, GS1], &[&[GS1_A], &[UPSERT_A], &[Call::Erase(0)]]),
    script(&[UPSERT_A], &[&[PX1_A], &[PX2_A], &[Call::Change(0, B)]]),
    script(&[PX1_A, GS1_A, RELEASE_1, PX2_A], &[&[PX1], &[UPSERT_A], &[Call::Change(0, B)]]),
];
