//! The bodies of creates, updates and deletes of users.

use serde_json::Value as Json;

use super::write::{BodyReader, as_object};
use super::{PxError, PxObject};
use crate::identity::{ExternalId, IdentityKind, IdentityWrite, SentEmail, WriteMode};
use crate::ignored::IgnoredNames;
use crate::people::Assignment;
use crate::schema::metadata::Metadata;

/// A user as a call sent it.
#[derive(Debug, Clone)]
pub struct PxUserWrite {
    pub id: ExternalId,
    pub email: Option<SentEmail>,
    /// The changes of the person's attributes.
    pub assignments: Vec<(String, Assignment)>,
    /// The members that were not read.
    pub ignored: IgnoredNames,
}

impl PxUserWrite {
    #[must_use]
    pub fn to_identity_write(&self, mode: WriteMode) -> IdentityWrite {
        IdentityWrite {
            id: self.id.clone(),
            email: self.email.clone(),
            mode,
            merges: false,
            assignments: self.assignments.clone(),
        }
    }
}

/// Parses an identifyId.
#[must_use]
pub fn parse_user_id(text: &str) -> Option<ExternalId> {
    ExternalId::parse(IdentityKind::Px, text)
}

/// Parses the body of a create, which needs identifyId and propertyKeys.
///
/// # Errors
/// The faults of the body.
pub fn parse_new_user(body: &Json, metadata: &Metadata) -> Result<PxUserWrite, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::User, metadata);
    let id = reader.read_required_id(members, parse_user_id);
    reader.require(members, "propertyKeys");
    reader.read_members(members);
    finish(reader, id)
}

/// Parses the body of an update. `path_id` is the id in the path, if it is there; the body may have
/// the same one, and needs one otherwise.
///
/// # Errors
/// The faults of the body; not found if the path's id is none.
pub fn parse_user_update(
    body: &Json,
    path_id: Option<&str>,
    metadata: &Metadata,
) -> Result<PxUserWrite, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::User, metadata);
    let id = reader.read_update_id(members, path_id, parse_user_id)?;
    reader.read_members(members);
    finish(reader, id)
}

/// The identifyId in the body of a delete.
///
/// # Errors
/// The body has none.
pub fn parse_user_delete(body: &Json, metadata: &Metadata) -> Result<ExternalId, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::User, metadata);
    let id = reader.read_required_id(members, parse_user_id);
    finish(reader, id).map(|write| write.id)
}

fn finish(reader: BodyReader<'_>, id: Option<ExternalId>) -> Result<PxUserWrite, PxError> {
    let BodyReader { assignments, email, ignored, .. } = reader.finish()?;
    let id = id.ok_or_else(|| PxError::bad_request("The body has no identifyId"))?;
    Ok(PxUserWrite { id, email, assignments, ignored })
}
