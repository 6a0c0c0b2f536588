//! Route groups: what an access key may be narrowed to (contract: keys#narrowed-keys).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Routes that an access key is valid for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RouteGroup {
    /// The People API, its jobs, data objects and metadata.
    #[serde(rename = "people")]
    People,
    /// Gainsight PX.
    #[serde(rename = "px")]
    Px,
    /// The calls of GoSquared's trackers. Their key stands in URLs and apps, so that these routes read
    /// nobody.
    #[serde(rename = "gosquared-tracking")]
    GoSquaredTracking,
    /// The calls that read GoSquared's people.
    #[serde(rename = "gosquared-people")]
    GoSquaredPeople,
    #[serde(rename = "ptengine")]
    Ptengine,
}

impl RouteGroup {
    pub const ALL: [Self; 5] =
        [Self::People, Self::Px, Self::GoSquaredTracking, Self::GoSquaredPeople, Self::Ptengine];

    /// The name in stored keys and in the operator's command.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Px => "px",
            Self::GoSquaredTracking => "gosquared-tracking",
            Self::GoSquaredPeople => "gosquared-people",
            Self::Ptengine => "ptengine",
        }
    }
}

impl fmt::Display for RouteGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RouteGroup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|group| group.as_str() == text).ok_or_else(|| {
            format!("the groups of routes are {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_is_stored_as_it_is_written() {
        for group in RouteGroup::ALL {
            assert_eq!(json!(group), json!(group.as_str()));
            assert_eq!(group.as_str().parse(), Ok(group));
        }
        let error = "PX".parse::<RouteGroup>().unwrap_err();
        assert!(error.ends_with("people, px, gosquared-tracking, gosquared-people, ptengine"));
    }
}
