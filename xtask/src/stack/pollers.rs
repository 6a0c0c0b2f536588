//! Polls the queues as the event source mappings of template.yaml say.

use super::StackOptions;
use super::functions::Functions;
use anyhow::{Context, Result};
use people_lambda_emulator::{
    AwsEndpoint, BatchReport, EventSourceMapping, Poller, ProvisionedQueues,
};
use people_template::{EventSource, Template};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Polls every queue that feeds a function, until the pollers are dropped.
pub(super) fn start_pollers(
    options: &StackOptions,
    template: &Template,
    queues: &ProvisionedQueues,
    functions: &Functions,
    sqs: &AwsEndpoint,
    log: &Path,
) -> Result<Vec<Poller>> {
    let log = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
    let log = Arc::new(Mutex::new(log));
    let start_poller = |source: EventSource| {
        let mapping = read_mapping(options, &source, queues)?;
        let function = functions.get(&source.function).context("no such function")?;
        let log = Arc::clone(&log);
        let on_batch = move |report| write_report(&log, &report);
        Ok(Poller::start(Arc::new(sqs.clone()), mapping, Arc::clone(function), on_batch))
    };
    template.event_sources()?.into_iter().map(start_poller).collect()
}

fn read_mapping(
    options: &StackOptions,
    source: &EventSource,
    queues: &ProvisionedQueues,
) -> Result<EventSourceMapping> {
    let queue = queues.get(&source.queue).with_context(|| format!("no queue {}", source.queue))?;
    let instances = usize::from(options.concurrency);
    Ok(EventSourceMapping {
        name: source.queue.clone(),
        url: queue.url.clone(),
        arn: queue.arn.clone(),
        batch_size: source.batch_size,
        concurrency: source.concurrency.map_or(instances, |limit| limit.min(instances)),
        retry_after: options.retry,
    })
}

fn write_report(log: &Mutex<File>, report: &BatchReport) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    // A full disk is no reason to leave the messages.
    let _ = writeln!(log, "{report}");
}
