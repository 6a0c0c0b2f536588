//! The settings of a tenant, which an operator controls.

use people_domain::event_policy::EventPolicy;
use people_domain::limit::RateLimits;
use serde::{Deserialize, Serialize};

/// The settings of a tenant, which an operator controls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantSettings {
    /// Calls per window (contract: keys#rate-limits).
    pub limits: RateLimits,
    /// Whether the tenant has the field CurrencyIsoCode.
    pub multi_currency: bool,
    /// The answer to calls that send events (contract: identify).
    pub events: EventPolicy,
}
