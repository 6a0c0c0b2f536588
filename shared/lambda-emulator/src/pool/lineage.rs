//! The trace header of an invocation. Its lineage counts how often each function was invoked in one chain of requests;
//! Lambda ends a chain that invokes a function too often.

use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most invocations of one function in a chain of requests, unless it allows recursion. On Lambda they are about as many.
const INVOCATIONS_MAX: u32 = 16;

/// The chain of requests that led to an event: its trace, and how often it invoked each function.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    root: Option<String>,
    invoked: BTreeMap<String, u32>,
}

impl Lineage {
    /// The lineage that the messages of a queue carry, with the highest count of each function. Other events have none.
    pub(super) fn of_event(event: &[u8]) -> Self {
        let event: TracedEvent = serde_json::from_slice(event).unwrap_or_default();
        let mut lineage = Self::default();
        let headers = event.records.into_iter().filter_map(|record| record.attributes.trace);
        headers.for_each(|header| lineage.add_header(&header));
        lineage
    }

    /// Whether Lambda would drop one more invocation of this function.
    pub(super) fn is_loop_of(&self, function: &str) -> bool {
        self.invoked.get(function).is_some_and(|times| *times >= INVOCATIONS_MAX)
    }

    /// The trace header of the next invocation: `Root=1-…;Lineage=<function>:<times>|…`. Lambda writes a hash instead of the
    /// function's name.
    pub(super) fn next_header(mut self, function: &str) -> String {
        *self.invoked.entry(function.to_owned()).or_default() += 1;
        let pairs: Vec<_> =
            self.invoked.iter().map(|(name, times)| format!("{name}:{times}")).collect();
        format!("Root={};Lineage={}", self.root.unwrap_or_else(new_root), pairs.join("|"))
    }

    fn add_header(&mut self, header: &str) {
        for (key, value) in header.split(';').filter_map(|part| part.split_once('=')) {
            match key {
                "Root" if self.root.is_none() => self.root = Some(value.to_owned()),
                "Lineage" => value.split('|').for_each(|pair| self.add_count(pair)),
                _ => {}
            }
        }
    }

    fn add_count(&mut self, pair: &str) {
        let Some((function, times)) = pair.rsplit_once(':') else { return };
        let Ok(times) = times.parse::<u32>() else { return };
        let most = self.invoked.entry(function.to_owned()).or_default();
        *most = times.max(*most);
    }
}

/// A new trace id in the form of AWS X-Ray: seconds and a random part.
fn new_root() -> String {
    let id = Uuid::now_v7().as_u128();
    format!("1-{:08x}-{:024x}", id >> 96, id & (u128::MAX >> 32))
}

#[derive(Default, Deserialize)]
struct TracedEvent {
    #[serde(default, rename = "Records")]
    records: Vec<TracedRecord>,
}

#[derive(Deserialize)]
struct TracedRecord {
    #[serde(default)]
    attributes: TraceAttributes,
}

#[derive(Default, Deserialize)]
struct TraceAttributes {
    #[serde(default, rename = "AWSTraceHeader")]
    trace: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(headers: &[&str]) -> Lineage {
        let record = |header: &&str| json!({ "attributes": { "AWSTraceHeader": header } });
        let records: Vec<_> = headers.iter().map(record).collect();
        Lineage::of_event(json!({ "Records": records }).to_string().as_bytes())
    }

    #[track_caller]
    fn check(headers: &[&str], expected: &str) {
        assert_eq!(of(headers).next_header("own"), expected);
    }

    #[test]
    fn each_function_is_counted_and_the_highest_count_stands() {
        check(&["Root=1-a-b"], "Root=1-a-b;Lineage=own:1");
        check(&["Root=1-a-b;Sampled=0;Lineage=own:4|other:9"], "Root=1-a-b;Lineage=other:9|own:5");
        let many =
            ["Root=1-a-b;Lineage=own:4", "Root=1-c-d;Lineage=own:7", "Root=1-e-f;Lineage=own:5"];
        check(&many, "Root=1-a-b;Lineage=own:8");
        check(&["Root=1-a-b;Lineage=own|:x|own:many"], "Root=1-a-b;Lineage=own:1");
    }

    #[test]
    fn an_event_without_a_trace_begins_one() {
        for event in ["", "[1]", r#"{"Records":[{"body":""}]}"#, r#"{"Records":null}"#] {
            let header = Lineage::of_event(event.as_bytes()).next_header("own");
            let root = header.strip_prefix("Root=1-").unwrap();
            let (root, lineage) = root.split_once(';').unwrap();
            assert_eq!(root.split('-').map(str::len).collect::<Vec<_>>(), [8, 24], "{event}");
            assert_eq!(lineage, "Lineage=own:1", "{event}");
        }
    }

    #[test]
    fn a_function_that_was_invoked_too_often_is_in_a_loop() {
        let loops = |header: &str| of(&[header]).is_loop_of("own");
        assert!(!loops("Root=1-a-b;Lineage=own:15|other:16"));
        assert!(loops("Root=1-a-b;Lineage=own:16"));
    }
}
