//! The policy for tracked events, which the service does not store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The answer to a tenant's calls that send events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventPolicy {
    /// 501: a success would say that the event is stored.
    #[default]
    Refuse,
    /// Events are checked, answered as stored ones would be, and dropped; a header of the answer
    /// says so.
    Drop,
}

impl EventPolicy {
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Drop];

    /// The name in the stored tenant and in the operator's command.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
        }
    }
}

impl fmt::Display for EventPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|policy| policy.as_str() == text);
        known.ok_or_else(|| "events are refused or dropped: refuse, drop".to_owned())
    }
}
