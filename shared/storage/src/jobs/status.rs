//! The three names of a job's state, as items hold them and answers print them (contract:
//! jobs#job-status).

use serde::{Deserialize, Serialize};

/// A job's state without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JobStatus {
    Init,
    InProgress,
    Completed,
}

impl JobStatus {
    pub const ALL: [Self; 3] = [Self::Init, Self::InProgress, Self::Completed];

    /// Parses a name, ignoring case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text))
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::InProgress => "INPROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_parsed_in_any_case() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::parse(status.as_str()), Some(status));
            assert_eq!(JobStatus::parse(&status.as_str().to_lowercase()), Some(status));
        }
        for text in ["", "IN PROGRESS", "AWAITED", " INIT"] {
            assert_eq!(JobStatus::parse(text), None, "{text}");
        }
    }
}
