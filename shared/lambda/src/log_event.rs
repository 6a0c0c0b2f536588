//! The log: one wide line of JSON per request or message, with ids, sizes, counts, latencies and
//! consumed capacity; never a body, key, email or name.

use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use people_storage::Store;
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// The log line of one unit of work. The order of its members is their order in the log; Lambda
/// takes a line without a timestamp for one of level INFO.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogEvent<'a, S> {
    timestamp: String,
    /// Where the work came from.
    #[serde(flatten)]
    source: &'a S,
    /// The ids, sizes and counts that its handler recorded.
    #[serde(flatten)]
    recorded: &'a Map<String, Json>,
    level: LogLevel,
    #[serde(flatten)]
    outcome: LogOutcome<'a>,
    micros: u64,
    store_calls: Option<u64>,
    store_units: Option<f64>,
    store_micros: Option<u64>,
}

/// How a unit of work ended.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum LogOutcome<'a> {
    Request {
        request_id: &'a str,
        status: u16,
        error_code: Option<&'static str>,
        internal: Option<&'a str>,
        bytes_out: usize,
    },
    Message {
        function: Option<&'a str>,
        failed: bool,
        internal: Option<&'a str>,
    },
}

/// The levels of log lines, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    Info,
    Error,
}

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOutput {
    /// To stdout, from where Lambda ships them.
    Stdout,
    /// To stderr, from this level on: for a server whose stdout is its own.
    Stderr(LogLevel),
    /// Nowhere: for a server that ends, whose last work fails by that.
    Nowhere,
}

static OUTPUT: Mutex<LogOutput> = Mutex::new(LogOutput::Stdout);

/// Sets where the log lines of this process go from now on; without it they go to stdout.
pub fn set_log_output(output: LogOutput) {
    *OUTPUT.lock().unwrap_or_else(PoisonError::into_inner) = output;
}

/// The log line of a panic. It has the location instead of the message, which may quote what was
/// sent.
#[derive(Debug, Serialize)]
struct PanicEvent {
    timestamp: String,
    level: LogLevel,
    event: &'static str,
    place: Option<String>,
}

impl<'a, S: Serialize> LogEvent<'a, S> {
    /// `store` is that of the work alone, if it had one: its meter is the work's use of the table.
    pub(crate) fn new(
        source: &'a S,
        recorded: &'a Map<String, Json>,
        outcome: LogOutcome<'a>,
        elapsed: Duration,
        store: Option<&Store>,
    ) -> Self {
        let usage = store.map(Store::usage);
        Self {
            timestamp: now(),
            source,
            recorded,
            level: outcome.level(),
            outcome,
            micros: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            store_calls: usage.map(|usage| usage.calls),
            store_units: usage.map(|usage| usage.units),
            store_micros: usage.map(|usage| usage.micros),
        }
    }

    /// Writes the line.
    pub(crate) fn write(&self) {
        write_line(self.level, self);
    }
}

impl LogOutcome<'_> {
    fn level(&self) -> LogLevel {
        match self {
            // A call that is documented and not served is no failure.
            Self::Request { status: 501, .. } => LogLevel::Info,
            Self::Request { status: 500.., .. } | Self::Message { failed: true, .. } => {
                LogLevel::Error
            }
            Self::Request { .. } | Self::Message { .. } => LogLevel::Info,
        }
    }
}

/// The log line of a failure outside of requests and messages.
#[derive(Debug, Serialize)]
struct FailureEvent<'a> {
    timestamp: String,
    level: LogLevel,
    event: &'a str,
    internal: &'a str,
}

/// Logs a failure outside of requests and messages: `event` names its source.
pub fn log_failure(event: &str, internal: &str) {
    let level = LogLevel::Error;
    write_line(level, &FailureEvent { timestamp: now(), level, event, internal });
}

/// Makes the panics of this process log their location.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| write_line(LogLevel::Error, &describe_panic(panic))));
}

fn describe_panic(panic: &PanicHookInfo<'_>) -> PanicEvent {
    let place = panic.location().map(|location| format!("{}:{}", location.file(), location.line()));
    PanicEvent { timestamp: now(), level: LogLevel::Error, event: "panic", place }
}

fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

fn write_line(level: LogLevel, line: &impl Serialize) {
    let output = *OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(output, LogOutput::Stderr(lowest) if level < lowest) {
        return;
    }
    let Ok(text) = serde_json::to_string(line) else { return };
    // A log that can't be written is no reason to fail the work.
    _ = match output {
        LogOutput::Stdout => writeln!(std::io::stdout().lock(), "{text}"),
        LogOutput::Stderr(_) => writeln!(std::io::stderr().lock(), "{text}"),
        LogOutput::Nowhere => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;

    #[test]
    fn members_keep_their_names_and_order() {
        #[derive(Serialize)]
        struct Source {
            method: &'static str,
        }
        let recorded = Map::from_iter([("tenant".to_owned(), json!("demo"))]);
        let outcome = LogOutcome::Request {
            request_id: "r",
            status: 503,
            error_code: Some("GU_1101"),
            internal: None,
            bytes_out: 7,
        };
        let source = Source { method: "GET" };
        let mut event = LogEvent::new(&source, &recorded, outcome, Duration::from_micros(5), None);
        event.timestamp = String::new();
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"timestamp":"","method":"GET","tenant":"demo","level":"ERROR","event":"request","requestId":"r","status":503,"errorCode":"GU_1101","internal":null,"bytesOut":7,"micros":5,"storeCalls":null,"storeUnits":null,"storeMicros":null}"#
        );
        let outcome = LogOutcome::Message { function: None, failed: false, internal: None };
        let mut event = LogEvent::new(&source, &recorded, outcome, Duration::from_micros(5), None);
        event.timestamp = String::new();
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"timestamp":"","method":"GET","tenant":"demo","level":"INFO","event":"message","function":null,"failed":false,"internal":null,"micros":5,"storeCalls":null,"storeUnits":null,"storeMicros":null}"#
        );
    }

    #[test]
    fn a_panic_tells_its_place_and_not_its_message() {
        let panics = Arc::new(Mutex::new(Vec::new()));
        let (seen, hook) = (Arc::clone(&panics), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            seen.lock().unwrap().push(serde_json::to_string(&describe_panic(panic)).unwrap());
        }));
        let sent = String::from("ann@abc.com");
        let ended = std::panic::catch_unwind(|| assert_eq!(sent, "another"));
        std::panic::set_hook(hook);
        assert!(ended.is_err());
        let lines = panics.lock().unwrap();
        let here = lines.iter().find(|line| line.contains("log_event.rs:")).unwrap();
        assert!(here.contains("ERROR") && !here.contains("ann@abc.com"), "{here}");
    }
}
