//! Identifiers: GSIDs, email keys, access keys, write stamps, and the ids that are derived from a
//! tenant's secret.

pub mod access_key;
pub mod base36;
pub mod email;
pub mod gsid;
pub mod stamp;
pub mod tenant_ids;
