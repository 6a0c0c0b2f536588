//! Records of companies, relationships and custom objects: batches, lookup entries, searches.

pub(crate) mod batches;
pub(crate) mod delete;
pub(crate) mod entry;
pub(crate) mod generation;
pub(crate) mod index;
pub(crate) mod records;
pub(crate) mod search;
