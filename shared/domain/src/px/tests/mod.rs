//! Bodies, answers and lists of PX.

mod bodies;
mod documents;
mod identify;
mod lists;
mod model;
mod patterns;

use serde_json::{Value as Json, json};

use super::*;
use crate::identity::IdentifiedPerson;
use crate::ids::email::Email;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{Attributes, CREATED, UPDATED};
use crate::people::{Assignment, EMAIL, EMAIL_AS_SENT, GSID, apply_assignments};
use crate::schema::metadata::{CustomField, Metadata};
use crate::values::{FieldType, Value};

pub(super) const CREATED_MILLIS: i64 = 1_600_000_000_000;
pub(super) const UPDATED_MILLIS: i64 = 1_700_000_000_000;

pub(super) fn tenant_ids(secret: u8) -> TenantIds {
    TenantIds::new(&[secret; 32], "QNK6ENCURXXDZW").unwrap()
}

/// The custom attributes that the vendor's samples assume.
pub(super) fn metadata() -> Metadata {
    let fields = [
        ("px_user", "plan", FieldType::String, "z0"),
        ("px_user", "strtmp1", FieldType::String, "z1"),
        ("px_user", "price", FieldType::Number, "z2"),
        ("px_user", "acceptDate", FieldType::DateTime, "z3"),
        ("px_user", "Active", FieldType::Boolean, "z4"),
        ("px_account", "Program", FieldType::String, "z0"),
    ];
    let fields =
        fields.map(|(object, name, kind, code)| CustomField::new(object, name, kind, code));
    Metadata::new(false, &fields)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A person with this identifyId, in the order of `number`.
pub(super) fn person(number: u32, id: &str, changes: &[(String, Assignment)]) -> IdentifiedPerson {
    let ids = tenant_ids(1);
    let stamp = |millis| Some(text(Stamp::from_millis(millis).as_str()));
    let mut attributes = Attributes::from([
        (CREATED.to_owned(), stamp(CREATED_MILLIS)),
        (UPDATED.to_owned(), stamp(UPDATED_MILLIS)),
        (GSID.to_owned(), Some(text(&format!("{number:018}")))),
        ("X".to_owned(), Some(text(id))),
    ]);
    apply_assignments(&mut attributes, changes);
    IdentifiedPerson::from_attributes(attributes, &ids).unwrap()
}

/// The changes that show or hold an email.
pub(super) fn email_changes(address: &str) -> Vec<(String, Assignment)> {
    let email = Email::parse(address).unwrap();
    let set = |value: &str| Assignment::Set(Some(text(value)));
    vec![(EMAIL.to_owned(), set(email.key())), (EMAIL_AS_SENT.to_owned(), set(email.as_sent()))]
}

pub(super) fn account(id: &str, changes: &[(String, Assignment)]) -> PxAccount {
    let stamp = |millis| Some(text(Stamp::from_millis(millis).as_str()));
    let mut attributes = Attributes::from([
        (CREATED.to_owned(), stamp(CREATED_MILLIS)),
        (UPDATED.to_owned(), stamp(UPDATED_MILLIS)),
    ]);
    apply_assignments(&mut attributes, changes);
    PxAccount::from_attributes(id, attributes).unwrap()
}

/// The answer after a create of this user.
pub(super) fn created_user(body: &Json) -> Json {
    let metadata = metadata();
    let write = parse_new_user(body, &metadata).unwrap();
    let person = person(7, write.id.as_str(), &write.assignments);
    render_row(&PxRow::of_user(&person, &metadata).unwrap())
}

/// The fields and messages of a refused body.
pub(super) fn faults<T: std::fmt::Debug>(parsed: Result<T, PxError>) -> Vec<(String, String)> {
    let error = parsed.unwrap_err();
    assert_eq!((error.status, error.message.as_str()), (PxStatus::BadRequest, "Validation error"));
    error.faults.into_iter().map(|fault| (fault.field, fault.message)).collect()
}

pub(super) fn new_user(more: Json) -> Json {
    let mut body = json!({ "identifyId": "u-1", "propertyKeys": ["AP-1"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}
