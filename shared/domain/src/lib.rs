//! The rules of People API as pure code: no clock, no network, no environment, no AWS.

pub mod access_key;
pub mod answer;
pub mod base36;
pub mod code;
pub mod email;
pub mod fault;
pub mod gsid;
pub mod ignored;
pub mod job;
pub mod json;
pub mod limit;
pub mod lookup;
pub mod metadata;
pub mod mint;
pub mod need;
pub mod nesting;
pub mod objects;
pub mod person;
pub mod plan;
pub mod query;
pub mod record;
pub mod row;
pub mod schema;
pub mod stamp;
pub mod value;
pub mod view;
