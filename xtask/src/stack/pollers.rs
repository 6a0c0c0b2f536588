//! The queues polled as the event source mappings of template.yaml say: `cargo lambda watch` reads none.

mod door;

use super::PLACES;
use super::queues::Queues;
use super::watch::{Watches, base, invocations};
use crate::http::client;
use crate::template::{EventSource, Template};
use anyhow::{Context, Result};
use door::Door;
use people_host::{Emulator, Poller, Round, Source};
use reqwest::Client;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// What an answer may take beyond the function's own time: a changed function is built first.
const BUILD: Duration = Duration::from_secs(120);

/// Where the functions are.
pub(super) struct Hall {
    pub(super) watches: Watches,
    /// Places of the requests of the first emulator, shared with the gateway.
    pub(super) places: Arc<Semaphore>,
    /// Instances of one function.
    pub(super) concurrency: u8,
}

impl Hall {
    /// Polls every queue that feeds a function, until the pollers are dropped.
    pub(super) fn start(
        &self,
        template: &Template,
        queues: &Queues,
        sqs: &Emulator,
        retry: Option<Duration>,
        log: PathBuf,
    ) -> Result<Vec<Poller>> {
        let log = File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
        let (log, client) = (Arc::new(Mutex::new(log)), client()?);
        let (mut pollers, mut instances) = (Vec::new(), BTreeMap::new());
        for feed in template.event_sources()? {
            let source = self.source(&feed, queues, retry)?;
            let free = instances.entry(feed.function.clone()).or_insert_with(|| self.instances());
            let door = Arc::new(self.door(&feed, Arc::clone(free), client.clone()));
            let invoke = move |event| Arc::clone(&door).invoke(event);
            let log = Arc::clone(&log);
            pollers
                .push(Poller::start(sqs.clone(), source, invoke, move |round| note(&log, &round)));
        }
        Ok(pollers)
    }

    fn source(
        &self,
        feed: &EventSource,
        queues: &Queues,
        retry: Option<Duration>,
    ) -> Result<Source> {
        let queue = queues.get(&feed.queue).with_context(|| format!("no queue {}", feed.queue))?;
        let here = usize::from(self.concurrency);
        Ok(Source {
            name: feed.queue.clone(),
            url: queue.url.clone(),
            arn: queue.arn.clone(),
            batch: feed.batch,
            concurrency: feed.concurrency.map_or(here, |limit| limit.min(here)),
            retry,
        })
    }

    fn instances(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(usize::from(self.concurrency)))
    }

    fn door(&self, feed: &EventSource, instances: Arc<Semaphore>, client: Client) -> Door {
        let port = self.watches.port(&feed.function);
        let is_shared = port == self.watches.first;
        Door {
            client,
            url: invocations(&base(port), &feed.binary),
            limit: Duration::from_secs(feed.timeout) + BUILD,
            instances,
            places: match is_shared {
                true => Arc::clone(&self.places),
                // The few instances of one function alone do not fill an emulator.
                false => Arc::new(Semaphore::new(PLACES)),
            },
        }
    }
}

fn note(log: &Mutex<File>, round: &Round) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    // A full disk is no reason to leave the messages.
    let _ = writeln!(log, "{round}");
}
