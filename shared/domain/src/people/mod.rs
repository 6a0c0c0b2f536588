//! The person item: one compact item with its associations, every field an attribute of its own
//! (ADR 1, ADR 2). All attribute names are defined here.

mod association_index;
mod erasure;
mod fence;
pub mod needs;
pub mod outcome;
pub mod plan;
mod read;
pub mod row;
mod slot;
pub mod view;
mod write;
mod write_context;

#[cfg(test)]
mod tests;

pub use association_index::{AssociationIndex, AssociationIndexes, IndexedTarget, list_targets};
pub use erasure::{
    Erasure, JobAcceptance, build_erased_redirect, build_home_tombstone, build_replaced_redirect,
    build_tombstone, is_erased_by, is_redirect_erased_by,
};
pub use fence::{FENCE, FENCE_OWNER, Fence, GSID_FENCE, NamedBy};
pub use read::{Person, StoredAssociation};
pub(crate) use slot::is_slot_attribute;
pub use slot::{
    Slot, build_alias, build_redirect, enter_slot, fence_owner, is_occupied, leave_slot,
};
pub(crate) use write::email_assignments;
pub use write::{Assignment, apply_assignments, build_assignments, build_removal, would_change};
pub use write_context::{WriteContext, latest_stamp};

use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::schema::metadata::object;
use crate::values::Value;

/// The person's record part; the complete GSID if it is another system's id.
pub const GSID: &str = "g";

/// The key of the email address.
pub const EMAIL: &str = "e";

/// The email address as sent, if it differs from the key.
pub const EMAIL_AS_SENT: &str = "E";

/// The name of the primary company's association.
pub const PRIMARY: &str = "p";

/// When a person in this slot was last erased. An item with it and without a person is a tombstone.
pub const ERASED_AT: &str = "x";

/// The record part of the erased person: another attribute than [`GSID`], so that the next person
/// in this slot gets a GSID of its own.
pub const ERASED_GSID: &str = "xg";

/// The id of the job that erased.
pub const ERASED_BY: &str = "j";

/// The tenant's count of erasures at the last one in this slot: jobs that were accepted under a
/// lower count may not write here by email.
pub const ERASURE_NUMBER: &str = "xn";

/// The record part of the person who last moved from here to another slot.
pub const LEFT: &str = "l";

/// An alias: the record part of the person with this email, whose item is in another slot.
pub const ALIAS: &str = "at";

/// A redirect: the locator of the slot that holds the person whose home slot this is.
pub const REDIRECT: &str = "to";

/// The attributes that identify a person and locate it, and the parts of its name.
pub const IDENTITY_ATTRIBUTES: [&str; 8] =
    [GSID, EMAIL, EMAIL_AS_SENT, REDIRECT, "nm", "fn", "mn", "ln"];

/// Whether rows of the object are parts of person items, and so not records of their own.
#[must_use]
pub fn is_person_object(object: &str) -> bool {
    [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON].contains(&object)
}

/// Whether rows of the object are associations of people.
#[must_use]
pub fn is_association_object(object: &str) -> bool {
    [object::COMPANY_PERSON, object::RELATIONSHIP_PERSON].contains(&object)
}

/// Separates an association's name from a field's code.
const SEPARATOR: char = '|';

/// Separates a relationship from the company it was nested under, if that is not its own.
const NESTED_UNDER: char = '@';

/// The code of the mark of a nested relationship: `r…|@` beside `r…@<company>|code`.
const NESTED_MARK: &str = "@";

/// One association to write.
#[derive(Debug, Clone, PartialEq)]
pub struct AssociationWrite {
    /// Built by [`company_association_name`] or [`relationship_association_name`].
    pub name: String,
    /// Fields by storage code; `None` clears.
    pub values: Vec<(String, Option<Value>)>,
    /// Whether it was sent; otherwise it is only created for a relationship, if absent.
    pub is_sent: bool,
}

/// The prefix of the attributes of a Company Person.
#[must_use]
pub fn company_association_name(tenant_ids: &TenantIds, company: &str) -> String {
    format!("c{}", tenant_ids.compress_gsid(GsidKind::Company, company))
}

/// The prefix of the attributes of a Relationship Person. `company` is the one it was nested under,
/// if that is not the relationship's own (ADR 2).
#[must_use]
pub fn relationship_association_name(
    tenant_ids: &TenantIds,
    relationship: &str,
    company: Option<&str>,
) -> String {
    let name = format!("r{}", tenant_ids.compress_gsid(GsidKind::Relationship, relationship));
    match company {
        Some(company) => {
            format!("{name}{NESTED_UNDER}{}", tenant_ids.compress_gsid(GsidKind::Company, company))
        }
        None => name,
    }
}

/// The attribute of a field of an association, or of its `b` or `v`.
#[must_use]
pub fn association_attribute(association: &str, code: &str) -> String {
    format!("{association}{SEPARATOR}{code}")
}

/// Whether the attribute is a part of an association.
#[must_use]
pub fn is_association_attribute(name: &str) -> bool {
    name.starts_with(['c', 'r']) && name.contains(SEPARATOR)
}

/// The attribute that marks a person who has a relationship nested under a company that is not its
/// own: such associations are named by both, so that without a mark a search for the relationship
/// alone would have to know all companies. The mark may stay when the association goes.
#[must_use]
pub fn nested_mark_name(tenant_ids: &TenantIds, relationship: &str) -> String {
    association_attribute(
        &relationship_association_name(tenant_ids, relationship, None),
        NESTED_MARK,
    )
}

/// The mark that belongs to an association, if that is a nested relationship.
fn nested_mark_of(association: &str) -> Option<String> {
    let (relationship, _) = association.split_once(NESTED_UNDER)?;
    Some(association_attribute(relationship, NESTED_MARK))
}
