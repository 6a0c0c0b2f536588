//! Identifiers: GSIDs, email keys, access keys, write stamps, and what a tenant's secret derives.

pub mod access_key;
pub mod base36;
pub mod email;
pub mod gsid;
pub mod stamp;
pub mod tenant_ids;
