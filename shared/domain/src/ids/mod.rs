//! Identifiers: GSIDs, email keys, access keys and what they are narrowed to, write stamps, and the ids that are derived from a
//! tenant's secret.

pub mod access_key;
pub mod base36;
pub mod email;
pub mod gsid;
pub mod route_group;
pub mod stamp;
pub mod tenant_ids;
