//! One place of the pool: a process, and after its end the next, each with one event at a time.

use super::FunctionSpec;
use super::door::{Door, Word};
use super::household::Household;
use super::invocation::{Invocation, InvokeError, Outcome, Queue};
use super::process::Process;
use super::talk::{Asker, asked, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// What Lambda gives a function to start, before it starts it over within the time of the first event.
const START: Duration = Duration::from_secs(10);

/// Pause after a process that did not start, so that a broken one does not spin.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Desk {
    pub(super) spec: Arc<FunctionSpec>,
    /// Whether the first process of all will sit here.
    pub(super) first: bool,
    pub(super) queue: Arc<Queue>,
    pub(super) household: Arc<Household>,
    pub(super) door: Door,
    pub(super) address: SocketAddr,
}

impl Desk {
    pub(super) async fn run(self) {
        let (mut first, mut kept) = (self.first, None);
        while !self.household.is_closed() {
            let (number, words) = self.door.open();
            let started = self.process(number, std::mem::take(&mut first), words, &mut kept).await;
            self.door.close(number);
            if let Err(why) = started {
                // As on Lambda, an event is what it takes to learn that the function does not start.
                if let Some(invocation) = kept.take().or_else(|| self.queue.waiting()) {
                    invocation.end(Err(InvokeError::Start(why)));
                }
                sleep(PAUSE).await;
            }
        }
    }

    /// One process from its start to its end; an error if it never asked for an event.
    async fn process(
        &self,
        number: u64,
        first: bool,
        mut words: mpsc::Receiver<Word>,
        kept: &mut Option<Invocation>,
    ) -> Result<(), String> {
        let api = format!("http://{}/{number}", self.address);
        let process = Process::start(&self.spec, first, &api, &self.household);
        let mut process = process.map_err(|error| error.to_string())?;
        let asked = timeout(START + self.spec.timeout, asked(&mut process, &mut words)).await;
        let started = match asked {
            Ok(Ok(asker)) => Ok(self.live(&mut process, &mut words, asker, kept).await),
            Ok(Err(why)) => Err(why.to_string()),
            Err(_) => Err("it asks for no event".to_owned()),
        };
        process.end().await;
        // Told only now: who hears of a failure may count on it that nothing goes on.
        if let Some((invocation, outcome)) = started? {
            invocation.end(outcome);
        }
        Ok(())
    }

    /// Event after event, until the process ends or must be ended. One that it can't take is kept for the next
    /// process, one that it did not live to answer is what is returned.
    async fn live(
        &self,
        process: &mut Process,
        words: &mut mpsc::Receiver<Word>,
        mut asker: Asker,
        kept: &mut Option<Invocation>,
    ) -> Option<(Invocation, Outcome)> {
        loop {
            let next = async {
                match kept.take() {
                    Some(invocation) => invocation,
                    None => self.queue.take().await,
                }
            };
            let invocation = tokio::select! {
                biased;
                _ = process.ended() => return None,
                // It gave up asking, and may ask again.
                () = asker.closed() => None,
                invocation = next => Some(invocation),
            };
            if let Some(invocation) = invocation {
                if process.has_ended() {
                    *kept = Some(invocation);
                    return None;
                }
                let outcome = serve(&self.spec, process, words, asker, &invocation).await;
                process.note_memory();
                if let Err(InvokeError::Died(_) | InvokeError::TimedOut(_)) = outcome {
                    return Some((invocation, outcome));
                }
                invocation.end(outcome);
            }
            asker = asked(process, words).await.ok()?;
        }
    }
}
