//! people-upsert
