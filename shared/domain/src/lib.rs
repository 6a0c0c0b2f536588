//! The rules of People API as pure code: they read no clock, network or environment, and know
//! nothing of AWS.

pub mod code;
pub mod count;
pub mod event_policy;
pub mod export;
pub mod fault;
pub mod identity;
pub mod ids;
pub mod ignored;
pub mod jobs;
pub mod json;
pub mod limit;
pub mod lookup;
pub mod objects;
pub mod people;
pub mod px;
pub mod query;
pub mod response;
pub mod schema;
pub mod values;
