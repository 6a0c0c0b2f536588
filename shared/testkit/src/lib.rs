//! people-testkit
