//! The rules of People API as pure code: no clock, no network, no environment, no AWS.

pub mod code;
pub mod value;
