//! Records of companies, relationships and custom objects: batches, lookup entries and searches.

pub(crate) mod batches;
pub(crate) mod delete;
pub(crate) mod generation;
pub(crate) mod import;
pub(crate) mod index;
pub(crate) mod index_entry;
pub(crate) mod records;
pub(crate) mod search;
