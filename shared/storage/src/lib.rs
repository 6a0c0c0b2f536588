//! people-storage
