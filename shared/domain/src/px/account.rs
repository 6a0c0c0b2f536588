//! Accounts, and the bodies of their creates and updates.

use std::fmt;

use serde_json::Value as Json;

use super::write::{BodyReader, as_object};
use super::{PxError, PxObject};
use crate::identity::{ID_CHARS_MAX, WriteMode};
use crate::ids::stamp::Stamp;
use crate::ignored::IgnoredNames;
use crate::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp};
use crate::people::Assignment;
use crate::schema::metadata::Metadata;

/// An account's id, 1 to 255 code points. It is compared exactly.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PxAccountId(String);

impl PxAccountId {
    /// Parses an id; `None` if it is empty or too long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_valid = !text.is_empty() && text.chars().nth(ID_CHARS_MAX).is_none();
        is_valid.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints the length alone: an id may be a name.
impl fmt::Debug for PxAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PxAccountId(<{} bytes>)", self.0.len())
    }
}

/// A stored account.
#[derive(Clone)]
pub struct PxAccount {
    pub id: PxAccountId,
    pub created: Stamp,
    pub updated: Stamp,
    /// All attributes of the item.
    pub attributes: Attributes,
}

impl PxAccount {
    /// Reads an item; `None` if it is no account.
    #[must_use]
    pub fn from_attributes(id: &str, attributes: Attributes) -> Option<Self> {
        let created = attribute_stamp(&attributes, CREATED)?;
        let updated = attribute_stamp(&attributes, UPDATED).unwrap_or(created);
        Some(Self { id: PxAccountId::parse(id)?, created, updated, attributes })
    }
}

impl fmt::Debug for PxAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PxAccount({:?})", self.id)
    }
}

/// A write of an account.
#[derive(Debug, Clone)]
pub struct PxAccountWrite {
    pub id: PxAccountId,
    pub mode: WriteMode,
    pub assignments: Vec<(String, Assignment)>,
    /// The members that were not read.
    pub ignored: IgnoredNames,
}

/// Parses the body of a create, which needs id, name and propertyKeys.
///
/// # Errors
/// The faults of the body.
pub fn parse_new_account(body: &Json, metadata: &Metadata) -> Result<PxAccountWrite, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::Account, metadata);
    let id = reader.read_required_id(members, PxAccountId::parse);
    reader.require(members, "name");
    reader.require(members, "propertyKeys");
    reader.read_members(members);
    finish(reader, id, WriteMode::Create)
}

/// Parses the body of an update. `path_id` is the id in the path, if it is there; the body may have
/// the same one, and needs one otherwise.
///
/// # Errors
/// The faults of the body; not found if the path's id is none.
pub fn parse_account_update(
    body: &Json,
    path_id: Option<&str>,
    metadata: &Metadata,
) -> Result<PxAccountWrite, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::Account, metadata);
    let id = reader.read_update_id(members, path_id, PxAccountId::parse)?;
    reader.read_members(members);
    finish(reader, id, WriteMode::Update)
}

fn finish(
    reader: BodyReader<'_>,
    id: Option<PxAccountId>,
    mode: WriteMode,
) -> Result<PxAccountWrite, PxError> {
    let BodyReader { assignments, ignored, .. } = reader.finish()?;
    let id = id.ok_or_else(|| PxError::bad_request("The body has no id"))?;
    Ok(PxAccountWrite { id, mode, assignments, ignored })
}
