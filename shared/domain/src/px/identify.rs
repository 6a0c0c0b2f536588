//! The body of an identify call: flat objects of a user and its account, whose names ignore case
//! (contract: identify).

use serde_json::{Map, Value as Json};

use super::account::{PxAccountId, PxAccountWrite};
use super::field::{ACCOUNT_ID_CODE, ACCOUNT_NAME_CODE, PxField, PxFieldSource, PxFieldType};
use super::user::{PxUserWrite, parse_user_id};
use super::write::{BodyReader, as_object};
use super::{PxError, PxObject};
use crate::identity::WriteMode;
use crate::ignored::IgnoredNames;
use crate::lookup::{get_member, list_members};
use crate::people::Assignment;
use crate::schema::metadata::Metadata;
use crate::values::Value;

/// Other names of default fields, in lower case.
const SYNONYMS: [(&str, &str); 3] = [
    ("jobtitle", "title"),
    ("latitude", "coordinates.latitude"),
    ("longitude", "coordinates.longitude"),
];

/// Members that are neither stored nor ignored. The hash proves who the caller is.
const USER_HASH: &str = "userHash";

/// An identify call. The account is written before the user.
#[derive(Debug, Clone)]
pub struct PxIdentify {
    pub account: Option<PxAccountWrite>,
    pub user: PxUserWrite,
    /// The names that were dropped, in the order sent.
    pub ignored: IgnoredNames,
}

/// Parses the body of an identify call.
///
/// # Errors
/// The faults of the body.
pub fn parse_identify(body: &Json, metadata: &Metadata) -> Result<PxIdentify, PxError> {
    let body = as_object(body)?;
    let mut ignored = IgnoredNames::of_body(&Json::Object(body.clone()), &["user", "account"]);
    let mut faults = Vec::new();
    let user = read_part(PxObject::User, body, metadata, parse_user_id, &mut faults);
    let account = read_part(PxObject::Account, body, metadata, PxAccountId::parse, &mut faults);
    if !faults.is_empty() {
        return Err(PxError::validation(faults));
    }
    let (id, mut user) = user.ok_or_else(|| PxError::bad_request("The body has no user"))?;
    let parts = [Some(&user), account.as_ref().map(|(_, account)| account)];
    for name in parts.into_iter().flatten().flat_map(|part| part.ignored.names()) {
        ignored.add_name(name);
    }
    let account = account.map(|(id, reader)| to_account_write(id, reader));
    if let Some(account) = &account {
        let attribute = PxObject::User.value_attribute(ACCOUNT_ID_CODE);
        user.assignments.retain(|(name, _)| *name != attribute);
        let value = Value::Text(account.id.as_str().to_owned());
        user.assignments.push((attribute, Assignment::Set(Some(value))));
    }
    let BodyReader { assignments, email, ignored: of_user, .. } = user;
    Ok(PxIdentify {
        account,
        user: PxUserWrite { id, email, assignments, ignored: of_user },
        ignored,
    })
}

/// Reads the user or the account of the body; `None` if it was not sent or has faults.
fn read_part<'m, T>(
    object: PxObject,
    body: &Map<String, Json>,
    metadata: &'m Metadata,
    parse: impl Fn(&str) -> Option<T>,
    faults: &mut Vec<super::PxFault>,
) -> Option<(T, BodyReader<'m>)> {
    let part = get_member(body, object.as_str()).unwrap_or(&Json::Null);
    if part.is_null() && object == PxObject::Account {
        return None;
    }
    let mut reader = BodyReader::new(object, metadata);
    let id = match part.as_object() {
        Some(members) => read_flat(&mut reader, members, parse),
        None => {
            reader.add_fault(object.as_str(), part, "must be an object");
            None
        }
    };
    faults.append(&mut reader.faults);
    Some((id?, reader))
}

fn read_flat<T>(
    reader: &mut BodyReader<'_>,
    members: &Map<String, Json>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let null = Json::Null;
    let id = get_member(members, "id").unwrap_or(&null);
    if id.is_null() || id.as_str() == Some("") {
        reader.add_fault("id", id, "must not be empty");
    }
    let id = reader.read_id(id, "id", parse);
    for (name, value) in list_members(members) {
        read_flat_member(reader, name, value);
    }
    id
}

fn read_flat_member(reader: &mut BodyReader<'_>, name: &str, value: &Json) {
    if name.eq_ignore_ascii_case("id") || is_user_hash(reader.object, name) {
        return;
    }
    match find_flat_field(reader.object, name) {
        Some(field) if field.is_writable() => reader.assign(field, name, value),
        Some(field) if field.source == PxFieldSource::Email => reader.read_email(name, value),
        Some(_) => reader.ignored.add_name(name),
        None if reader.assign_custom(name, name, value) => {}
        None => reader.ignored.add_name(name),
    }
}

fn is_user_hash(object: PxObject, name: &str) -> bool {
    object == PxObject::User && name.eq_ignore_ascii_case(USER_HASH)
}

/// The default field with this flat name, ignoring case.
pub(super) fn find_flat_field(object: PxObject, name: &str) -> Option<&'static PxField> {
    let synonym = SYNONYMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let name = synonym.map_or(name, |(_, name)| name);
    let fields = object.fields().iter();
    fields
        .filter(|field| field.is_listed() || field.kind == PxFieldType::TextList)
        .find(|field| field.api_name().eq_ignore_ascii_case(name))
}

/// Whether a custom attribute of this name could not be told from what every tenant has.
pub(crate) fn is_default_name(object: PxObject, name: &str) -> bool {
    let others = [object.id_name(), "id", "location", "customAttributes"];
    find_flat_field(object, name).is_some()
        || is_user_hash(object, name)
        || others.iter().any(|other| other.eq_ignore_ascii_case(name))
        || object.fields().iter().any(|field| field.path.eq_ignore_ascii_case(name))
}

/// A new account without a name is named by its id.
fn to_account_write(id: PxAccountId, reader: BodyReader<'_>) -> PxAccountWrite {
    let BodyReader { mut assignments, ignored, .. } = reader;
    let is_name = |(name, change): &(String, Assignment)| {
        name == ACCOUNT_NAME_CODE && *change != Assignment::Remove
    };
    if !assignments.iter().any(is_name) {
        assignments.retain(|(name, _)| name != ACCOUNT_NAME_CODE);
        let name = Value::Text(id.as_str().to_owned());
        assignments.push((ACCOUNT_NAME_CODE.to_owned(), Assignment::SetOnce(name)));
    }
    PxAccountWrite { id, mode: WriteMode::Upsert, assignments, ignored }
}
