//! The callers that a function admits, and the limits that its calls count towards.

use people_domain::ids::route_group::RouteGroup;
use people_domain::limit::RateLimitClass;

use crate::api_family::ApiFamily;

/// The access of a function's routes. Each has a key of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteAccess {
    pub(crate) family: ApiFamily,
    /// The keys that are narrowed to this group are valid, and those that are not narrowed.
    pub(crate) group: RouteGroup,
    /// The limits that the calls count towards.
    pub(crate) class: RateLimitClass,
}

impl RouteAccess {
    /// A function of the People API.
    #[must_use]
    pub const fn people(class: RateLimitClass) -> Self {
        Self { family: ApiFamily::People, group: RouteGroup::People, class }
    }

    /// A function of Gainsight PX.
    #[must_use]
    pub const fn px() -> Self {
        Self { family: ApiFamily::Px, group: RouteGroup::Px, class: RateLimitClass::Px }
    }
}
