//! Parsers of arguments: ids of tenants, keys and jobs, durations, and URLs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use people_domain::ids::access_key::AccessKey;
use people_domain::ids::stamp::Stamp;
use people_storage::jobs::{JobId, JobStatus};

/// Longest tenant id; it is part of every key in the table.
const TENANT_ID_CHARS_MAX: usize = 32;

/// A well-formed tenant id.
#[derive(Debug, Clone)]
pub(crate) struct TenantId(String);

impl TenantId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TenantId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
        let problem = if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            "begin with a letter a-z".to_owned()
        } else if !text.chars().all(allowed) {
            "have only a-z, 0-9 and -".to_owned()
        } else if text.len() > TENANT_ID_CHARS_MAX {
            format!("have at most {TENANT_ID_CHARS_MAX} characters; this has {}", text.len())
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(format!("a tenant's id must {problem}"))
    }
}

/// Parses a key's id. The key itself is accepted too, so that a leaked key can be revoked without
/// looking up its id. Nothing is refused here: clap would print the value, and it could be a
/// mistyped key.
#[expect(clippy::unnecessary_wraps, reason = "clap takes parsers of this form")]
pub(crate) fn parse_key_id(text: &str) -> Result<String, String> {
    Ok(AccessKey::parse(text).map_or_else(|| text.to_owned(), |key| key.hash().id()))
}

pub(crate) fn parse_job_id(text: &str) -> Result<JobId, String> {
    let lower = text.to_ascii_lowercase();
    JobId::parse(&lower)
        .ok_or_else(|| "a job's id is like 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4".to_owned())
}

pub(crate) fn parse_job_status(text: &str) -> Result<JobStatus, String> {
    JobStatus::parse(text).ok_or_else(|| "a state is INIT, INPROGRESS or COMPLETED".to_owned())
}

pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: u32 = text.parse().map_err(|_| "must be a number of seconds".to_owned())?;
    Ok(Duration::from_secs(seconds.into()))
}

/// Parses a time as an export prints it.
pub(crate) fn parse_moment(text: &str) -> Result<Stamp, String> {
    let moment: jiff::Timestamp =
        text.parse().map_err(|_| "must be like 2026-01-31T12:00:00Z".to_owned())?;
    Ok(Stamp::from_millis(moment.as_millisecond()))
}

/// Parses an endpoint URL. The SDK would report an invalid one only as "bad request".
pub(crate) fn parse_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err("must be like http://127.0.0.1:8000; leave it out for AWS itself".to_owned()),
    }
}

/// Parses the address of a server: a scheme and a host, perhaps with a port. Upload URLs are made of
/// it, and it stands in quotes in a file for shells.
#[cfg(feature = "serve")]
pub(crate) fn parse_server_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    match host.map(|host| host.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && host.bytes().all(is_plain) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("must be like https://people.example or http://127.0.0.1:9000, without a path"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_tenants_are_checked() {
        let longest = "a".repeat(TENANT_ID_CHARS_MAX);
        for good in ["a", "acme", "a-1", "acme-", &longest] {
            assert_eq!(good.parse::<TenantId>().unwrap().as_str(), good);
        }
        let too_long = "a".repeat(TENANT_ID_CHARS_MAX + 1);
        for (bad, message) in [
            ("", "begin with a letter"),
            ("1a", "begin with a letter"),
            ("-a", "begin with a letter"),
            ("Acme", "begin with a letter"),
            ("aCme", "only a-z, 0-9 and -"),
            ("a b", "only a-z, 0-9 and -"),
            ("a#b", "only a-z, 0-9 and -"),
            ("aé", "only a-z, 0-9 and -"),
            (&too_long, "at most 32 characters; this has 33"),
        ] {
            let problem = bad.parse::<TenantId>().unwrap_err();
            assert!(problem.contains(message), "{bad}: {problem}");
        }
    }

    #[test]
    fn a_key_stands_for_its_id() {
        let key = AccessKey::new(&[7; 32]);
        let id = key.hash().id();
        for text in [key.expose_secret(), &id] {
            assert_eq!(parse_key_id(text).as_ref(), Ok(&id));
        }
    }

    #[test]
    fn addresses_are_checked() {
        for good in ["http://127.0.0.1:8000", "https://dynamodb.eu-west-1.amazonaws.com"] {
            assert!(parse_url(good).is_ok(), "{good}");
        }
        for bad in ["", "localhost:8000", "http://", "ftp://a"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
