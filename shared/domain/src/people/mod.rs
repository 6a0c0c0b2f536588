//! The person item: one compact row with its associations, every field an attribute of its own
//! (ADR 1, ADR 2). All attribute names stand here.

mod erasure;
mod fence;
pub mod needs;
pub mod plan;
mod read;
pub mod row;
mod slot;
pub mod view;
mod write;
mod write_context;

#[cfg(test)]
mod tests;

pub use erasure::{
    Erasure, JobAcceptance, build_erased_redirect, build_home_tombstone, build_replaced_redirect,
    build_tombstone, is_erased_by, is_redirect_erased_by,
};
pub use fence::{FENCE, FENCE_OWNER, Fence, GSID_FENCE, NamedBy};
pub use read::{Person, StoredAssociation};
pub use slot::{build_alias, build_redirect, enter_slot, fence_owner, is_occupied, leave_slot};
pub use write::{Assignment, apply_assignments, build_assignments, would_change};
pub use write_context::{WriteContext, latest_stamp};

use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::schema::metadata::object;
use crate::values::Value;

/// The person's record part; the whole GSID when it is not one of the tenant's own.
pub const GSID: &str = "g";

/// The email address as a key.
pub const EMAIL: &str = "e";

/// The email address as sent, where it differs from the key.
pub const EMAIL_AS_SENT: &str = "E";

/// The primary company, as the name of its association.
pub const PRIMARY: &str = "p";

/// When somebody was erased here last. With nobody here the item is a tombstone.
pub const ERASED_AT: &str = "x";

/// Who was erased, as a record part: another name than [`GSID`], so that whoever is made here
/// next gets a GSID of its own.
pub const ERASED_GSID: &str = "xg";

/// The job that erased.
pub const ERASED_BY: &str = "j";

/// The tenant's count of erasures at the last one here: jobs that were accepted under a lower count
/// may not write here by email.
pub const ERASURE_NUMBER: &str = "xn";

/// The record part of the person who moved away from here last.
pub const LEFT: &str = "l";

/// A pointer: the person with this email lives where this record part says.
pub const ALIAS: &str = "at";

/// A forward: the person whose home this is lives at this locator.
pub const REDIRECT: &str = "to";

/// What a person is read from beside its fields: who it is, the parts of its name, and where else
/// it may be.
pub const IDENTITY_ATTRIBUTES: [&str; 8] =
    [GSID, EMAIL, EMAIL_AS_SENT, REDIRECT, "nm", "fn", "mn", "ln"];

/// Whether rows of the object are parts of people, and so no records of their own.
#[must_use]
pub fn is_person_object(object: &str) -> bool {
    [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON].contains(&object)
}

/// Between an association's name and a field's code.
const SEPARATOR: char = '|';

/// Between a relationship and the company it was nested under, when not its own.
const NESTED_UNDER: char = '@';

/// One association to write.
#[derive(Debug, Clone, PartialEq)]
pub struct AssociationWrite {
    /// Its name: [`company_name`] or [`relationship_name`].
    pub name: String,
    /// Fields by storage code; `None` clears.
    pub values: Vec<(String, Option<Value>)>,
    /// Whether it was sent, or only has to be there for a relationship.
    pub is_sent: bool,
}

/// What the attributes of a Company Person begin with.
#[must_use]
pub fn company_association_name(tenant_ids: &TenantIds, company: &str) -> String {
    format!("c{}", tenant_ids.compress_gsid(GsidKind::Company, company))
}

/// What the attributes of a Relationship Person begin with. `company`: the one it was nested
/// under, when that is not the relationship's own (ADR 2).
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
