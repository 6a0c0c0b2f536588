//! people-tests
