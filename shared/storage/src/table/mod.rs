//! The DynamoDB table: client, keys, conversions, expressions, transactions, metering.

pub(crate) mod budget;
pub(crate) mod cache;
pub(crate) mod call;
pub(crate) mod call_log;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod convert;
pub(crate) mod entropy;
pub(crate) mod error;
pub(crate) mod expression;
pub(crate) mod failpoint;
pub(crate) mod filter;
pub mod keys;
pub(crate) mod meter;
pub(crate) mod partition;
pub(crate) mod retry;
pub(crate) mod sent_stamps;
pub(crate) mod transaction;
pub(crate) mod update;
