//! unknown-route
